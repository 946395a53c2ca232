package features_test

import (
	"strings"
	"testing"
	"unicode"

	"featops/features"

	"pgregory.net/rapid"
)

func TestCleanGivesOneFormToEverySpelling(t *testing.T) {
	for raw, want := range map[string]string{
		" San José ":                  "san_jose",
		"Tarjeta de Crédito":          "tarjeta_de_credito",
		"TARJETA  DE -- CREDITO":      "tarjeta_de_credito",
		"crédito.vehicular":           "credito_vehicular",
		"Ñandú & pingüino":            "nandu_pinguino",
		"façade, œuvre, ærø":          "facade_oeuvre_aero",
		"Ålesund/Malmö":               "alesund_malmo",
		"e\u0301":                     "e", // the accent as a character of its own
		"__a__b__":                    "a_b",
		"[a](b)*c:d.e-f;g<h?i/j,k'l&": "a_b_c_d_e_f_g_h_i_j_k_l",
		"a>b":                         "a>b", // not in the list
		"\t A \n":                     "a",
		"":                            "",
		" - ":                         "",
		"9.5%":                        "9_5%",
		"東京":                          "東京",
	} {
		if got := features.Clean(raw); got != want {
			t.Errorf("Clean(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestCleanTextIsCleanAlready(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringOf(rapid.RuneFrom([]rune(" -_.,&áÑæ"), unicode.Letter, unicode.Digit, unicode.Punct, unicode.Mn)).Draw(t, "raw")
		clean := features.Clean(raw)
		if again := features.Clean(clean); again != clean {
			t.Fatalf("%q becomes %q", clean, again)
		}
		if strings.ContainsAny(clean, "[]()*:.-;<?/,'& ") || strings.Contains(clean, "__") || strings.Trim(clean, "_") != clean {
			t.Fatalf("%q has separators", clean)
		}
		for _, r := range clean {
			if unicode.IsUpper(r) && unicode.ToLower(r) != r {
				t.Fatalf("%q has capitals", clean)
			}
		}
	})
}
