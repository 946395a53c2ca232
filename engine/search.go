package engine

import (
	"cmp"
	"slices"
	"strings"

	"featops/features"
	"featops/features/nearest"
	"featops/features/schema"
)

// Found is what a search over the catalogue brings, the best match first.
type Found struct {
	Query    string         `json:"query"`
	Similar  bool           `json:"similar"` // nothing has the words of the query: what is here has words like them
	Tables   []Entry        `json:"tables"`
	Features []FoundFeature `json:"features"`
	Nearest  []string       `json:"nearest,omitempty"` // names that may have been meant, where nothing was found
}

// FoundFeature is a column that was found, with where it is.
type FoundFeature struct {
	Name         string      `json:"feature"`
	Type         schema.Type `json:"type"`
	Table        string      `json:"table"`
	Workspace    string      `json:"workspace"`
	State        State       `json:"state"`
	Key          bool        `json:"key,omitempty"`
	Meaning      string      `json:"meaning,omitempty"`
	Formula      string      `json:"formula,omitempty"`
	Inputs       []string    `json:"inputs,omitempty"`
	Sources      []string    `json:"sources,omitempty"`
	RegisteredIn []string    `json:"registered_in,omitempty"`
}

// Search finds the columns and tables that have every word of a query, in their name, table, meaning, type or source,
// by the newest look at the workspaces. An empty query finds all. Only what can be read in the named workspace counts,
// because it is computed or registered there; an empty name is any.
//
// Words compare as features.Clean leaves them: case, accents and punctuation make no difference. Where nothing has the
// words, what has words like them in its name or meaning is found instead.
func (e *Engine) Search(query, workspace string) (Found, error) {
	if workspace != "" {
		if _, err := e.workspace(workspace); err != nil {
			return Found{}, err
		}
	}
	entries, err := e.catalogue(e.Snapshot())
	if err != nil {
		return Found{}, err
	}
	docs := documents(entries, workspace)
	out := Found{Query: query, Tables: []Entry{}, Features: []FoundFeature{}}
	for _, match := range []func(document, search) (int, bool){document.match, document.resemble} {
		if out.take(docs, newSearch(strings.TrimSpace(query)), match); len(out.Tables)+len(out.Features) > 0 {
			return out, nil
		}
		out.Similar = true
	}
	out.Similar = false
	var names []string
	for _, d := range docs {
		names = append(names, d.name, d.short)
	}
	out.Nearest = nearest.Names(cleaned(query), names, 3)
	return out, nil
}

func (f *Found) take(docs []document, q search, match func(document, search) (int, bool)) {
	type hit struct {
		document
		rank int
	}
	var hits []hit
	for _, d := range docs {
		if rank, ok := match(d, q); ok {
			hits = append(hits, hit{d, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	for _, h := range hits {
		if h.feature != nil {
			f.Features = append(f.Features, *h.feature)
		} else {
			f.Tables = append(f.Tables, *h.entry)
		}
	}
}

// document is a table or a column as it is searched, its texts cleaned.
type document struct {
	entry   *Entry
	feature *FoundFeature // nil for a table

	name, short string // short is without the prefix of the table
	meaning     string
	kind        string   // the type
	places      []string // table, sources and their columns
}

func documents(entries []*Entry, workspace string) []document {
	readable := func(computed string, registered []string) bool {
		return workspace == "" || computed == workspace || slices.Contains(registered, workspace)
	}
	var out []document
	for _, e := range entries {
		prefix := ""
		if e.definition != nil {
			prefix = e.definition.Prefix
		}
		places := []string{features.Clean(e.Name)}
		for _, s := range e.Sources {
			places = append(places, features.Clean(s))
		}
		if readable(e.Workspace, e.RegisteredIn) {
			name := features.Clean(e.Name)
			out = append(out, document{entry: e, name: name, short: name, meaning: features.Clean(e.Description), places: places[1:]})
		}
		for _, c := range e.Columns {
			if !readable(e.Workspace, c.RegisteredIn) {
				continue
			}
			d := document{
				entry: e, name: features.Clean(c.Name), short: features.Clean(strings.TrimPrefix(c.Name, prefix)),
				meaning: features.Clean(c.Comment), kind: features.Clean(string(c.Type)), places: slices.Clone(places),
				feature: &FoundFeature{
					Name: c.Name, Type: c.Type, Table: e.Name, Workspace: e.Workspace, State: c.State, Key: c.Key, Meaning: c.Comment,
					Formula: c.Formula, Inputs: c.Inputs, Sources: e.Sources, RegisteredIn: c.RegisteredIn,
				},
			}
			for _, input := range c.Inputs {
				d.places = append(d.places, features.Clean(input))
			}
			out = append(out, d)
		}
	}
	return out
}

// search is a query as it is compared.
type search struct {
	phrase string // all of it: `rating num` may be rating_num
	words  []string
}

func newSearch(text string) search {
	q := search{phrase: cleaned(text)}
	for _, word := range strings.Fields(text) {
		q.words = append(q.words, cleaned(word))
	}
	return q
}

// cleaned is features.Clean, but for what would leave nothing and so be found everywhere.
func cleaned(text string) string {
	if clean := features.Clean(text); clean != "" {
		return clean
	}
	return text
}

// noMatch is the rank of what does not match.
const noMatch = 100

// match ranks a document: what has the query as a phrase before what has its words one by one.
func (d document) match(q search) (rank int, ok bool) {
	if rank := d.rank(q.phrase); rank < noMatch {
		return rank, true
	}
	for _, word := range q.words {
		r := d.rank(word)
		if r == noMatch {
			return 0, false
		}
		rank += r
	}
	return noMatch + rank, len(q.words) > 0
}

// rank is how well a document has a word: first what has it as its name, then those whose name begins with it, has it as
// a word of it, or somewhere; then those with it in their meaning, as their type, in their table or source.
func (d document) rank(word string) int {
	name := min(closeness(word, d.name), closeness(word, d.short))
	if name < absent {
		return name
	}
	if meaning := closeness(word, d.meaning); meaning < inside {
		return 5
	}
	if kind := closeness(word, d.kind); kind <= starts {
		return 6
	}
	for _, p := range d.places {
		if closeness(word, p) < inside {
			return 7
		}
	}
	return noMatch
}

// How a text has a word.
const (
	exact     = iota
	starts    // at its beginning
	isWord    // as a word, or some, of it
	wordStart // at the beginning of a word
	inside    // somewhere
	absent
)

func closeness(word, text string) int {
	switch inWords := "_" + text + "_"; {
	case word == text:
		return exact
	case strings.HasPrefix(text, word):
		return starts
	case strings.Contains(inWords, "_"+word+"_"):
		return isWord
	case strings.Contains(inWords, "_"+word):
		return wordStart
	case strings.Contains(text, word):
		return inside
	}
	return absent
}

// minSimilar is the number of letters under which words are too short to be like each other.
const minSimilar = 4

// resemble ranks a document by how many letters of the query differ from words of its name or meaning. Every word must be
// like one of those.
func (d document) resemble(q search) (rank int, ok bool) {
	for _, word := range q.words {
		best := noMatch
		if d.rank(word) < noMatch {
			best = 0
		}
		for _, own := range strings.Split(d.name+"_"+d.meaning, "_") {
			if n, like := nearest.Like(word, own); like && len(word) >= minSimilar && len(own) >= minSimilar {
				best = min(best, n)
			}
		}
		if best == noMatch {
			return 0, false
		}
		rank += best
	}
	return rank, len(q.words) > 0
}
