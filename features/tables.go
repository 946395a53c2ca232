package features

// Tables returns the built-in feature tables. A new table is one file with its definition and its
// name in this list.
func Tables() []Table {
	return []Table{
		Demographic(),
		CreditRisk(),
		HoldingProducts(),
		PaymentBehavior(),
		TransactionActivity(),
	}
}
