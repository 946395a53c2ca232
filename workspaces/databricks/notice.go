package databricks

// notice forgets what is known of tables whose tasks have ended since the last look at the runs of a job: they may have
// changed. Runs that are looked at alone, without the others, are no such look.
func (w *Workspace) notice(job int64, found []*jobRun, alone bool) {
	ended := map[number]bool{} // by attempt
	var changed []string
	w.mu.Lock()
	seen, known := w.noticed[job], w.tables[job]
	for _, r := range found {
		for _, t := range r.Tasks {
			if t.EndTime == 0 {
				continue
			}
			ended[t.RunId] = true
			if !seen[t.RunId] && known[t.TaskKey] != "" {
				changed = append(changed, known[t.TaskKey])
			}
		}
	}
	if !alone {
		w.noticed[job] = ended
	}
	w.mu.Unlock()
	for _, table := range changed {
		w.Forget(table)
	}
}
