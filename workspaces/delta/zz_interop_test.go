package delta
import ("context";"testing";"os";"fmt";"encoding/json";"github.com/apache/arrow/go/v17/arrow")
func TestZZInterop(t *testing.T){
	dir := os.Getenv("ZZ"); if dir=="" { t.Skip() }
	ctx := context.Background()
	sch := schemaOf(column("id",int64Type),column("day",dateType),column("name",stringType),column("at",timeType),column("x",doubleType),column("b",boolType))
	for _, name := range []string{"kept","pointerless"} {
		table := At(dir+"/"+name)
		must(table.Create(ctx, Metadata{Name:"n",Description:"d «x»",Schema:sch}, write(t,table,sch,`{"id": 0, "day": "2026-01-01", "name": "zero", "at": "2026-01-01 00:00:00.000001Z", "x": 0.5, "b": true}`), CommitOptions{}))
		for i:=1;i<=12;i++ {
			must(table.Append(ctx, write(t,table,sch,fmt.Sprintf(`{"id": %d, "day": "2026-01-%02d", "name": "n%d", "at": "2026-01-01 00:00:%02d.000001Z", "x": %d.25, "b": false}`,i,i,i,i,i)), CommitOptions{Transaction:TransactionID{"build",int64(i)}}))
		}
		must(table.Merge(ctx, Merge{Keys:[]string{"id","day"},Files:write(t,table,sch,`{"id": 3, "day": "2026-01-03", "name": "merged"} {"id": 99, "day": "2026-02-03", "name": "inserted"}`)},CommitOptions{}))
		must(table.AddColumns(ctx, []arrow.Field{column("w",int32Type)}, CommitOptions{}))
		must(table.Optimize(ctx, Optimize{Keys:[]string{"id"}}, CommitOptions{}))
		must(table.Overwrite(ctx, nil, nil, CommitOptions{}))
		must(table.Restore(ctx, 15, CommitOptions{}))
		for i:=18;i<=21;i++ {
			c := must(table.Append(ctx, write(t,table,schemaOf(column("id",int64Type),column("w",int32Type)),fmt.Sprintf(`{"id": %d, "w": %d}`,i*10,i)), CommitOptions{Transaction:TransactionID{"build",int64(i)}}))
			if c.CheckpointErr!=nil {t.Fatal(c.CheckpointErr)}
		}
		cleanLog(t, table, 20)
		os.Remove(inLog(table, checkpointFile(10)))
		if name=="pointerless" { os.Remove(inLog(table,lastCheckpointFile)) }
		s := snapshot(t,table)
		os.WriteFile(dir+"/"+name+".want", []byte(content(t,s)), 0o644)
		fmt.Println(s.Version, len(s.Files), s.Transactions)
	}
}
func TestZZBack(t *testing.T){
	dir := os.Getenv("ZZB"); if dir=="" { t.Skip() }
	for _, n := range []string{"kept","pointerless"} {
	table := At(dir+"/"+n)
	s := snapshot(t, table); l,_:=table.list()
	b,_ := json.Marshal(s.Transactions)
	fmt.Println(n, s.Version, l.checkpoints, string(b), must(s.Rows()), content(t,s,"id"))
	c := must(table.Append(context.Background(), nil, CommitOptions{})); fmt.Println(c)
	}
}
