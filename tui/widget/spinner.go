package widget

import "time"

// SpinnerStep is how long a Spinner shows the same.
const SpinnerStep = 100 * time.Millisecond

var spinner = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// Spinner is a mark of one cell that turns with the time.
func Spinner(now time.Time) string {
	return spinner[int(now.UnixMilli()/SpinnerStep.Milliseconds())%len(spinner)]
}
