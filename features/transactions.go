package features

import "slices"

// TransactionActivity is fs_cus_transactions: how much and how often the customer transacts.
func TransactionActivity() Table {
	perTransaction := ratio("amt_trx_sum_m", "trx_cnt_m")
	numeric := []string{"trx_cnt_m", "amt_trx_sum_m", "last_transaction_recall_sum_m", perTransaction.Name}
	active := Compare{Ref("trx_cnt_m"), Greater, Int(0)}
	return Table{
		Name:        "fs_cus_transactions",
		Prefix:      "ctrx_",
		Workspace:   "medpag",
		Entity:      "customer",
		Description: "transaction activity",
		Source:      Transactions,
		Customer:    "id_cliente",
		Release:     Release{After: "periodo"},
		Frame:       Rows,
		Features: slices.Concat(
			[]Feature{
				{"trx_cnt_m", Coalesce{Aggregate{Sum, Col("numero_transacciones")}, Int(0)}, "Transactions in the month."},
				{"amt_trx_sum_m", Coalesce{Aggregate{Sum, Col("monto_total_transacciones")}, Num(0)}, "Amount of the month's transactions."},
				{"last_transaction_recall_sum_m", Coalesce{Aggregate{Sum, Col("recencia_ultima_transaccion")}, Int(0)}, "Days since the last transaction."},
				perTransaction,
			},
			rolling(numeric...),
			[]Feature{
				{"ind_active", active, "There was a transaction in the month."},
				{"active_months_6m", Rolling{Sum, If{active, Int(1), Int(0)}, 6}, "Rows with a transaction over the last 6."},
			},
			lags(numeric...),
		),
	}
}
