package workspaces

// Cut asks how the values of a column are spread.
type Cut struct {
	Column string
	// Bounds are the borders of the buckets of a histogram, ascending: value v is in bucket i where Bounds[i] ≤ v <
	// Bounds[i+1], and in the last one also where it is the last border. Fewer than two ask for no histogram. They
	// mean nothing to a column that is counted by its values.
	Bounds []float64
}

// Distribution is how the values of a column are spread at one version. In SQL, all of it is one aggregate over the table
// (count, sum, min, max, and count_if a bucket) or one GROUP BY with a LIMIT.
//
// Numbers, dates and timestamps are measured as numbers: a date is the days since 1970-01-01, a timestamp the
// microseconds. Booleans and texts are counted by value.
type Distribution struct {
	Column string `json:"-"`
	Values int64  `json:"values"` // that are not null

	// Of a column that is measured. NaN and the infinities have no part in the sum, the bounds and the buckets.
	Measured  bool    `json:"measured"`
	Finite    int64   `json:"finite,omitempty"`
	Sum       float64 `json:"sum,omitempty"`
	Min       float64 `json:"min,omitempty"` // 0, as Max, where no value is finite
	Max       float64 `json:"max,omitempty"`
	Histogram []int64 `json:"histogram,omitempty"` // values a bucket; those outside all buckets are in none

	// Of a column that is counted: its values, the most frequent first, those as frequent in their own order. They
	// are absent where there are more than MostValues.
	Counts []ValueCount `json:"counts,omitempty"`
	Many   bool         `json:"many,omitempty"` // there are more than MostValues different ones
}

// MostValues is how many different values a column may have to be counted by value.
const MostValues = 1000

// ValueCount is a value of a column, as text, and how many rows have it.
type ValueCount struct {
	Value string `json:"value"`
	Rows  int64  `json:"rows"`
}

// Mean is the mean of the finite values, and whether there is one.
func (d Distribution) Mean() (float64, bool) {
	if d.Finite == 0 {
		return 0, false
	}
	return d.Sum / float64(d.Finite), true
}
