package delta

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Table properties that other engines know too, and what holds where a table does not set them.
const (
	checkpointInterval   = "delta.checkpointInterval" // commits
	deletedFileRetention = "delta.deletedFileRetentionDuration"
	logRetentionDuration = "delta.logRetentionDuration"
	logCleanup           = "delta.enableExpiredLogCleanup"

	defaultCheckpointInterval = 10
	defaultRetention          = 7 * 24 * time.Hour
	defaultLogRetention       = 30 * 24 * time.Hour
)

// checkpointEvery returns after how many commits a checkpoint is due.
func checkpointEvery(configuration map[string]string) (int64, error) {
	text, ok := configuration[checkpointInterval]
	if !ok {
		return defaultCheckpointInterval, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("property %s is %q; allowed is a number of commits from 1", checkpointInterval, text)
	}
	return n, nil
}

// retention returns for how long removed files are kept for the readers of older versions.
func retention(configuration map[string]string) (time.Duration, error) {
	return interval(configuration, deletedFileRetention, defaultRetention)
}

// logRetention returns for how long commits are kept, -1 for ever.
func logRetention(configuration map[string]string) (time.Duration, error) {
	if text, ok := configuration[logCleanup]; ok && !strings.EqualFold(text, "true") {
		if !strings.EqualFold(text, "false") {
			return 0, fmt.Errorf("property %s is %q; allowed is true or false", logCleanup, text)
		}
		return -1, nil
	}
	return interval(configuration, logRetentionDuration, defaultLogRetention)
}

func interval(configuration map[string]string, property string, unset time.Duration) (time.Duration, error) {
	text, ok := configuration[property]
	if !ok {
		return unset, nil
	}
	d, ok := parseInterval(text)
	if !ok {
		return 0, fmt.Errorf("property %s is %q; allowed is an interval like %q", property, text, "interval 7 days")
	}
	return d, nil
}

var intervalUnits = map[string]time.Duration{
	"week": 7 * 24 * time.Hour, "day": 24 * time.Hour, "hour": time.Hour, "minute": time.Minute, "second": time.Second,
	"millisecond": time.Millisecond, "microsecond": time.Microsecond,
}

// parseInterval reads an interval as Spark writes it: "interval 1 week", "2 days 12 hours". Months
// and years have no fixed length, and Delta does not allow them either.
func parseInterval(text string) (time.Duration, bool) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) > 0 && words[0] == "interval" {
		words = words[1:]
	}
	if len(words) == 0 || len(words)%2 != 0 {
		return 0, false
	}
	total := time.Duration(0)
	for ; len(words) > 0; words = words[2:] {
		n, err := strconv.ParseInt(words[0], 10, 64)
		unit, ok := intervalUnits[strings.TrimSuffix(words[1], "s")]
		if err != nil || !ok || n < 0 || n > int64((1<<63-1-total)/unit) {
			return 0, false
		}
		total += time.Duration(n) * unit
	}
	return total, true
}
