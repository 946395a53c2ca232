package features

// Reach is how far back the features of a row look: the most rows or months, as Frame says, of its customer before its own.
func (t Table) Reach() int {
	known := map[string]int{}
	var reach func(Expr) int
	reach = func(e Expr) int {
		back := 0
		for _, child := range Children(e) {
			back = max(back, reach(child))
		}
		switch e := e.(type) {
		case Ref:
			back = known[string(e)]
		case Rolling:
			back += e.Last - 1
		case Lag:
			back += e.By
		}
		return back
	}
	furthest := 0
	for _, f := range t.Features {
		known[f.Name] = reach(f.Value)
		furthest = max(furthest, known[f.Name])
	}
	return furthest
}
