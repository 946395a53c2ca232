package nearest_test

import (
	"testing"

	"featops/features/nearest"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	known := []string{"fs_cus_credit_risk", "fs_cus_demographic", "segment", "segments", "env", "env"}
	for word, want := range map[string][]string{
		"fs_cus_credit_risk": {"fs_cus_credit_risk"},
		"fs_credit_risk":     {"fs_cus_credit_risk"},
		"FS_CUS_DEMOGRAFIC":  {"fs_cus_demographic"},
		"segmenst":           {"segment", "segments"},
		"segmnts":            {"segments", "segment"}, // the nearer first
		"en":                 {"env"},                 // a short name has one edit all the same
		"":                   nil,
		"nothing like it":    nil,
	} {
		if diff := cmp.Diff(want, nearest.Names(word, known, 2)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", word, diff)
		}
	}
	if got := nearest.Names("segment", known, 1); len(got) != 1 {
		t.Errorf("at most one was asked for: %v", got)
	}
}
