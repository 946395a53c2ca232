package features

import "slices"

// CreditRisk is fs_cus_credit_risk: what the credit bureau says of the customer.
func CreditRisk() Table {
	sums := []string{"bureau_score_sum", "total_banking_debt_sum", "bureau_inquiries_12m_sum"}
	before := Lag{Ref("rating_num"), 1}
	return Table{
		Name:        "fs_cus_credit_risk",
		Prefix:      "chr_",
		Workspace:   "bncapers",
		Entity:      "customer",
		Description: "credit risk, as the credit bureau sees it",
		Source:      CreditBureau,
		Customer:    "id_cliente",
		Release:     Release{After: "periodo"},
		Where:       And{NotNull{Col("buro_score")}, NotNull{Col("calificacion_sistema")}},
		Frame:       Rows,
		Features: slices.Concat(
			[]Feature{
				{"credits_cnt", Aggregate{Fn: Count}, "Rows that the bureau reports for the month."},
				{"bureau_score_sum", Aggregate{Sum, Col("buro_score")}, "Sum of the bureau scores."},
				{"total_banking_debt_sum", Aggregate{Sum, Col("deuda_total_bancos")}, "Debt with all banks."},
				{"bureau_inquiries_12m_sum", Aggregate{Sum, Col("consultas_buro_12m")}, "Bureau inquiries in the last 12 months."},
				{"rating_num", Aggregate{Max, rating("calificacion_sistema")}, "Worst rating: 1 (A) to 5 (E), 0 unknown."},
			},
			rolling(sums...),
			extremes("rating_num"),
			[]Feature{
				ratio("total_banking_debt_sum", "bureau_score_sum"),
				{"ind_high_risk", Compare{Ref("rating_num"), GreaterEqual, Int(4)}, "The rating is D or E."},
				{"ind_rating_worsened", Compare{Ref("rating_num"), Greater, before}, "The rating is worse than 1 back; null without one."},
				{"ind_rating_improved", Compare{Ref("rating_num"), Less, before}, "The rating is better than 1 back; null without one."},
			},
			lags(sums...),
		),
	}
}
