package features

import (
	"slices"

	"featops/features/schema"
)

// HoldingProducts is fs_cus_holding_products: which products the customer holds, for how much.
func HoldingProducts() Table {
	products := []struct{ feature, cleaned string }{
		{"vehicle_loan", "credito_vehicular"},
		{"mortgage_loan", "credito_hipotecario"},
		{"credit_card", "tarjeta_de_credito"},
		{"productive_credit", "credito_productivo"},
	}
	orZero := func(e Expr) Expr { return Coalesce{e, Num(0)} }

	var amounts, indicators []Feature
	var held, squares []Expr
	for _, p := range products {
		is := Compare{Coalesce{Col("producto"), Text("")}, Equal, Text(p.cleaned)}
		amount := Feature{p.feature + "_amount_sum_m",
			orZero(Aggregate{Sum, If{is, Col("monto"), Null(schema.Double)}}),
			"Amount in " + p.feature + "; 0 when the product is not held."}
		indicator := Feature{"ind_" + p.feature + "_product", Aggregate{Max, is},
			"The customer holds " + p.feature + "."}
		share := Arith{Ref(amount.Name), Divide, Ref("amount_sum_m")}

		amounts = append(amounts, amount)
		indicators = append(indicators, indicator)
		held = append(held, If{Ref(indicator.Name), Int(1), Int(0)})
		squares = append(squares, Arith{share, Multiply, share})
	}
	totals := []Feature{
		{"amount_sum_m", orZero(Aggregate{Sum, Col("monto")}), "Amount in all products."},
		{"amount_avg_m", orZero(Aggregate{Mean, Col("monto")}), "Mean amount of a product."},
		{"amount_min_m", orZero(Aggregate{Min, Col("monto")}), "Smallest amount of a product."},
		{"amount_max_m", orZero(Aggregate{Max, Col("monto")}), "Largest amount of a product."},
	}
	numeric := append(names(amounts), names(totals)...)
	return Table{
		Name:        "fs_cus_holding_products",
		Prefix:      "chp_",
		Workspace:   "medpag",
		Entity:      "customer",
		Description: "product holdings",
		Source:      Products,
		Customer:    "id_cliente",
		Release:     Release{After: "fecha"},
		Where:       NotNull{Col("monto")},
		Frame:       Rows,
		Features: slices.Concat(
			amounts,
			indicators,
			[]Feature{{"products_cnt_m", Coalesce{Aggregate{Max, Col("total_productos")}, Int(0)}, "Products held in all."}},
			totals,
			rolling(numeric...),
			extremes(append(names(indicators), "products_cnt_m")...),
			[]Feature{
				{"product_diversification_ratio", Arith{sum(held), Divide, Num(4)}, "Share of the four products that the customer holds."},
				{"amount_concentration_hhi", sum(squares), "Herfindahl-Hirschman index of the amounts over the four products; null when there is no amount."},
			},
			lags(numeric...),
		),
	}
}

func sum(terms []Expr) Expr {
	total := terms[0]
	for _, t := range terms[1:] {
		total = Arith{total, Add, t}
	}
	return total
}

func names(fs []Feature) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.Name
	}
	return out
}
