package databricks

import (
	"strconv"
	"strings"
	"time"

	"featops/workspaces"
	"featops/workspaces/schedule"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// scheduleOf tells a schedule of Databricks. One that crontab cannot say is shown as it is, and when it comes next is not
// known.
func scheduleOf(s *jobs.CronSchedule, now time.Time) *workspaces.Schedule {
	if s == nil {
		return nil
	}
	out := &workspaces.Schedule{Cron: s.QuartzCronExpression, Timezone: s.TimezoneId, Paused: s.PauseStatus == jobs.PauseStatusPaused}
	cron, ok := fromQuartz(s.QuartzCronExpression)
	if !ok {
		return out
	}
	times, err := schedule.Parse(cron, s.TimezoneId)
	if err != nil {
		return out
	}
	out.Cron = cron
	if !out.Paused {
		out.Next = times.Next(now)
	}
	return out
}

// fromQuartz writes a Quartz expression as crontab does: without seconds, which have to be 0, and a year, which has to be any; ? is
// any, and Sunday is 0 and not 1.
func fromQuartz(expression string) (string, bool) {
	fields := strings.Fields(expression)
	if len(fields) == 7 && fields[6] == "*" {
		fields = fields[:6]
	}
	if len(fields) != 6 || fields[0] != "0" || strings.ContainsAny(fields[3]+fields[5], "#W") {
		return "", false
	}
	fields = fields[1:]
	for i, f := range fields {
		if f == "?" {
			fields[i] = "*"
		}
		if strings.HasPrefix(f, "0/") && i < 2 {
			fields[i] = "*" + f[1:]
		}
	}
	if fields[2] == "L" || strings.HasSuffix(fields[4], "L") {
		return "", false
	}
	fields[4] = weekdays(fields[4])
	return strings.Join(fields, " "), true
}

// weekdays counts the days of the week from 0.
func weekdays(field string) string {
	var out strings.Builder
	for i := 0; i < len(field); i++ {
		c := field[i]
		if c >= '1' && c <= '7' && (i == 0 || field[i-1] != '/') {
			out.WriteString(strconv.Itoa(int(c - '1')))
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}
