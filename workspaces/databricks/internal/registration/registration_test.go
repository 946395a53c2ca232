package registration_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sharing"
	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/registration"
	"featops/workspaces/databricks/internal/warehouse"
)

const (
	owners   = "main"                   // the catalog of bncapers, who owns the table
	database = "feature_store_demo_dev" // in both workspaces
	name     = "fs_cus_credit_risk"
	own      = "medpag_main"                  // the catalog of medpag, where it is registered
	readers  = "account users"                // who may read it then
	made     = "featops_bncapers_" + database // of the share and its catalog
)

var (
	full    = owners + "." + database + "." + name
	columns = schema.Schema{
		{Name: "pk_customer", Type: schema.BigInt}, {Name: "tpk_release_dt", Type: schema.Date},
		{Name: "chr_credits_cnt", Type: schema.Int, Comment: "How many credits the bureau's report has."}, {Name: "chr_debt", Type: schema.Decimal(18, 2)},
	}
	start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
)

// world is two workspaces, bncapers with a table and medpag where it is to be registered.
type world struct {
	bncapers, medpag *double.Server
	from, to         *lake
	store            *registration.Store
	options          registration.Options
	theirs, ours     *connect.Connection
	clock            time.Time
	location         string
	described        []workspaces.Table // copies that were given their keys
}

type settings struct {
	metastores [2]string // of bncapers and of medpag
	catalogs   [2]string
	isolated   bool
	readers    string
	local      bool // bncapers is on local disk
}

var (
	same      = settings{metastores: [2]string{"m1", "m1"}, catalogs: [2]string{owners, own}, readers: readers}
	isolated  = settings{metastores: [2]string{"m1", "m1"}, catalogs: [2]string{owners, own}, readers: readers, isolated: true}
	different = settings{metastores: [2]string{"m1", "m2"}, catalogs: [2]string{owners, own}, readers: readers}
	local     = settings{metastores: [2]string{"m1", "m2"}, catalogs: [2]string{owners, own}, readers: readers, local: true}
	hive      = settings{metastores: [2]string{"", ""}, catalogs: [2]string{"hive_metastore", "hive_metastore"}, readers: readers}
)

func open(t *testing.T, s settings) *world {
	t.Helper()
	x := &world{clock: start, location: "s3://lake/" + database + "/" + name}
	now := func() time.Time { return x.clock }
	disk := map[string]*table{}
	x.from = newLake(disk)
	x.to = x.from
	if s.metastores[0] != s.metastores[1] || s.catalogs[1] == "hive_metastore" {
		x.to = newLake(disk)
	}
	x.bncapers, x.medpag = double.Start(t, now), double.Start(t, now)
	x.bncapers.SetLake(s.metastores[0], x.from)
	x.medpag.SetLake(s.metastores[1], x.to)
	double.Link(x.bncapers, x.medpag)
	if s.catalogs[0] != "hive_metastore" {
		x.bncapers.SetCatalog(s.catalogs[0], "ana", s.isolated)
		x.medpag.SetCatalog(s.catalogs[1], "luis", false)
	}
	x.medpag.SetEngine("w1", x.medpag.Govern(x.to))
	x.to.server = x.medpag
	x.from.add(s.catalogs[0]+"."+database+"."+name, x.location, 10, columns)
	connection := func(w *double.Server) *connect.Connection {
		c := connect.New(connect.Options{
			Host: w.URL, Token: func(context.Context) (string, error) { return w.Token, nil }, Environ: func(string) (string, bool) { return "", false },
			Timeout: time.Minute, Rate: 10000, Redact: func(...string) {}, Log: slog.New(slog.DiscardHandler), Now: now, Pause: atOnce,
		})
		t.Cleanup(func() { c.Close() })
		return c
	}
	x.theirs, x.ours = connection(x.bncapers), connection(x.medpag)
	x.options = registration.Options{
		Workspace: "medpag", Catalog: s.catalogs[1], Database: database, Connection: x.ours, Readers: s.readers,
		Warehouse: warehouse.New(warehouse.Options{Connection: x.ours, ID: "w1", Log: slog.New(slog.DiscardHandler), Pause: atOnce}),
		Peer: func(name string) (registration.Peer, bool) {
			if s.local {
				return registration.Peer{Files: x.files}, name == "bncapers"
			}
			return registration.Peer{Catalog: s.catalogs[0], Connection: x.theirs}, name == "bncapers"
		},
		MakeDatabase: func(context.Context) error { return nil },
		Describe: func(_ context.Context, t workspaces.Table) error {
			x.described = append(x.described, t)
			return nil
		},
		Fresh: time.Hour, Now: now, Log: slog.New(slog.DiscardHandler), Pause: atOnce,
	}
	x.store = registration.New(x.options)
	return x
}

func atOnce(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// description is what bncapers says of its table.
func (x *world) description(version, rows int64, columns schema.Schema) workspaces.Registration {
	return workspaces.Registration{Table: workspaces.Table{
		Workspace: "bncapers", Database: database, Name: name, Location: x.location, Version: version, Updated: start, Rows: rows, Schema: columns,
		Keys: []string{"pk_customer", "tpk_release_dt"}, TimestampKey: "tpk_release_dt",
		Description: `Features for customer "credit" risk, it's in C:\bureau, ${not} a variable.` + "\nTwo lines.",
		Tags:        map[string]string{"based_on": "buro_credito", "table": name}, Sources: []string{"demo_db.buro_credito"},
	}, Registered: start.Add(time.Minute)}
}

// files are those of the table on local disk: 10 rows in the first version, 12 in the second.
func (x *world) files(_ context.Context, _ string, version int64) (fs.FS, []string, error) {
	all := fstest.MapFS{"part-1.parquet": {Data: make([]byte, 4)}, "part-2.parquet": {Data: make([]byte, 6)}, "part-3.parquet": {Data: make([]byte, 8)}}
	if version == 0 {
		return all, []string{"part-1.parquet", "part-2.parquet"}, nil
	}
	return all, []string{"part-1.parquet", "part-3.parquet"}, nil
}

// registered checks that exactly one table is registered, and read back as it was put.
func (x *world) registered(t *testing.T, want workspaces.Registration) {
	t.Helper()
	got, err := x.store.Registration(t.Context(), name)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v; read back (-want +got):\n%s", err, d)
	}
	all, err := x.store.Registrations(t.Context())
	if d := cmp.Diff([]workspaces.Registration{want}, all); err != nil || d != "" {
		t.Errorf("%v; all (-want +got):\n%s", err, d)
	}
}

// changing lists the calls that change something, without those to warehouses.
func changing(w *double.Server) (out []string) {
	for _, c := range w.Calls() {
		if !strings.HasPrefix(c, "GET ") && !strings.Contains(c, "/sql/statements") {
			out = append(out, c)
		}
	}
	return out
}

func TestEachWay(t *testing.T) {
	for about, s := range map[string]settings{"same metastore": same, "isolated catalog": isolated, "another metastore": different, "no Unity Catalog": hive, "local disk": local} {
		t.Run(about, func(t *testing.T) {
			x := open(t, s)
			x.medpag.SetLag(2)
			want := x.description(0, 10, columns)
			if err := x.store.Register(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			x.registered(t, want)

			x.bncapers.Forget()
			x.medpag.Forget()
			x.from.change(s.catalogs[0]+"."+database+"."+name, 12, columns)
			next := x.description(1, 12, columns)
			if err := x.store.Register(t.Context(), next); err != nil {
				t.Fatal(err)
			}
			x.registered(t, next)
			if s.local {
				return // every version is copied
			}
			if again := append(changing(x.bncapers), changing(x.medpag)...); len(again) > 0 {
				t.Errorf("a new version of a table that is there changes again: %v", again)
			}
		})
	}
}

func TestACopyLeavesNoFilesAndGetsItsKeys(t *testing.T) {
	x := open(t, local)
	for version, rows := range []int64{10, 12} {
		want := x.description(int64(version), rows, columns)
		if err := x.store.Register(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if left := x.medpag.Files("/Volumes/" + own + "/" + database + "/featops_uploads/bncapers/" + name); len(left) > 0 {
			t.Errorf("files are left: %v", left)
		}
		if d := cmp.Diff(want.Table, x.described[version]); d != "" {
			t.Errorf("described (-want +got):\n%s", d)
		}
	}
	x.granted(t, x.medpag, own+"."+database+"."+name)
}

func TestATableThatIsNoCopyStays(t *testing.T) {
	x := open(t, local)
	x.to.add(own+"."+database+"."+name, "s3://own", 3, columns)
	err := x.store.Register(t.Context(), x.description(0, 10, columns))
	if err == nil || !strings.Contains(err.Error(), "no copy of it") {
		t.Errorf("%v", err)
	}
}

func TestTheSameMetastoreBindsAndGrants(t *testing.T) {
	x := open(t, isolated)
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err != nil {
		t.Fatal(err)
	}
	want := []catalog.WorkspaceBinding{
		{WorkspaceId: 1, BindingType: catalog.WorkspaceBindingBindingTypeBindingTypeReadWrite},
		{WorkspaceId: 2, BindingType: catalog.WorkspaceBindingBindingTypeBindingTypeReadOnly},
	}
	if d := cmp.Diff(want, x.bncapers.Bindings(owners)); d != "" {
		t.Errorf("bindings (-want +got):\n%s", d)
	}
	x.granted(t, x.bncapers, full)
}

func (x *world) granted(t *testing.T, in *double.Server, full string) {
	t.Helper()
	parts := strings.Split(full, ".")
	for securable, privilege := range map[string]catalog.Privilege{
		"catalog " + parts[0]: catalog.PrivilegeUseCatalog, "schema " + parts[0] + "." + parts[1]: catalog.PrivilegeUseSchema, "table " + full: catalog.PrivilegeSelect,
	} {
		if got := in.Grants(securable)[readers]; !slices.Equal(got, []catalog.Privilege{privilege}) {
			t.Errorf("%s have %v on %s", readers, got, securable)
		}
	}
}

func TestAnotherMetastoreIsSharedWithOnce(t *testing.T) {
	x := open(t, different)
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err != nil {
		t.Fatal(err)
	}
	x.sharedOnce(t)
	x.granted(t, x.medpag, made+"."+database+"."+name)
}

// sharedOnce checks that everything that sharing needs is there exactly once.
func (x *world) sharedOnce(t *testing.T) {
	t.Helper()
	recipients := x.bncapers.Recipients()
	if len(recipients) != 1 || recipients[0].DataRecipientGlobalMetastoreId != "aws:eu-west-1:m2" {
		t.Fatalf("recipients %+v", recipients)
	}
	share := x.bncapers.Share(made)
	if share == nil || len(share.Objects) != 1 || share.Objects[0].Name != full || share.Objects[0].HistoryDataSharingStatus != sharing.SharedDataObjectHistoryDataSharingStatusEnabled {
		t.Fatalf("the share is %+v", share)
	}
	if given := x.bncapers.Given(made); !slices.Equal(given, []string{recipients[0].Name}) {
		t.Errorf("it is given to %v", given)
	}
	if made := x.medpag.Catalogs(); len(made) != 1 {
		t.Errorf("catalogs of shares: %v", made)
	}
}

// Whatever call fails, and whether it was carried out or not before it failed, the next registration completes what this one began.
func TestARegistrationThatEndsInTheMiddleIsCompleted(t *testing.T) {
	for about, s := range map[string]settings{"isolated catalog": isolated, "another metastore": different, "no Unity Catalog": hive, "local disk": local} {
		t.Run(about, func(t *testing.T) {
			whole := open(t, s)
			if err := whole.store.Register(t.Context(), whole.description(0, 10, columns)); err != nil {
				t.Fatal(err)
			}
			for side, calls := range map[string][]string{"bncapers": whole.bncapers.Calls(), "medpag": whole.medpag.Calls()} {
				for _, call := range steps(calls) {
					for _, lost := range []bool{false, true} {
						t.Run(fmt.Sprintf("%s %s, carried out: %v", side, call, lost), func(t *testing.T) {
							x := open(t, s)
							at := x.bncapers
							if side == "medpag" {
								at = x.medpag
							}
							f := double.Fault{Status: http.StatusBadRequest, Code: "INVALID_STATE", Message: "not now"}
							if lost {
								f = double.Fault{Cut: true}
							}
							at.Fail(call, 1, f)
							want := x.description(0, 10, columns)
							failed := x.store.Register(t.Context(), want)
							if failed == nil && !lost {
								t.Fatal("it did not fail")
							}
							if err := x.store.Register(t.Context(), want); err != nil {
								t.Fatalf("after %v: %v", failed, err)
							}
							x.registered(t, want)
							if s == different {
								x.sharedOnce(t)
							}
						})
					}
				}
			}
		})
	}
}

// steps are the different calls, without what is asked to sign in and the numbers of statements.
func steps(calls []string) (out []string) {
	for _, c := range calls {
		if strings.Contains(c, ".well-known") || strings.HasPrefix(c, "GET /api/2.0/sql/statements/") || slices.Contains(out, c) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// The same for the statements.
func TestARegistrationWhoseStatementFailsIsCompleted(t *testing.T) {
	for about, s := range map[string]settings{"same metastore": same, "no Unity Catalog": hive, "local disk": local} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, carried out: %v", about, lost), func(t *testing.T) {
				n, failed := 0, errors.New("")
				for ; failed != nil; n++ {
					x := open(t, s)
					x.to.failing, x.to.carriedOut = n+1, lost
					want := x.description(0, 10, columns)
					failed = x.store.Register(t.Context(), want)
					x.to.failing = 0
					if err := x.store.Register(t.Context(), want); err != nil {
						t.Fatalf("after %v: %v", failed, err)
					}
					x.registered(t, want)
				}
				if n < 6 {
					t.Errorf("only %d statements failed", n-1)
				}
			})
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	on := func(w func(*world) *double.Server, metastore, user string, p ...catalog.Privilege) func(*world) {
		return func(x *world) { w(x).SetUser(user); w(x).Allow("metastore "+metastore, user, p...) }
	}
	source := func(x *world) *double.Server { return x.bncapers }
	target := func(x *world) *double.Server { return x.medpag }
	for _, c := range []struct {
		about   string
		world   settings
		prepare func(*world)
		thing   registration.Thing
		says    []string
	}{
		{"the catalog may not be bound", isolated, func(x *world) {
			x.bncapers.SetUser("ops")
			x.bncapers.Allow("catalog "+owners, "ops", catalog.PrivilegeUseCatalog)
		},
			registration.Binding, []string{"the isolated catalog main to medpag", "missing in bncapers", "not an owner"}},
		{"the catalog may not be read", same, func(x *world) { x.bncapers.SetUser("ops") },
			registration.Grant, []string{"USE CATALOG on main", "missing in bncapers"}},
		{"nothing may be granted", same, func(x *world) {
			x.bncapers.SetUser("ops")
			x.bncapers.Allow("catalog "+owners, "ops", catalog.PrivilegeUseCatalog)
		},
			registration.Grant, []string{"USE CATALOG on main to account users", "missing in bncapers", "MANAGE"}},
		{"nothing was granted to the token of the workspace", settings{metastores: same.metastores, catalogs: same.catalogs}, func(x *world) { x.medpag.SetUser("luis") },
			registration.Grant, []string{"SELECT on " + full, "missing in medpag", "USE CATALOG on Catalog 'main'"}},
		{"no recipient may be made", different, on(source, "m1", "ops", catalog.PrivilegeCreateShare),
			registration.Recipient, []string{"for the metastore aws:eu-west-1:m2", "missing in bncapers", "CREATE RECIPIENT"}},
		{"no share may be made", different, on(source, "m1", "ops", catalog.PrivilegeCreateRecipient),
			registration.Share, []string{made, "missing in bncapers", "CREATE SHARE"}},
		{"the table may not be shared", different, on(source, "m1", "ops", catalog.PrivilegeCreateRecipient, catalog.PrivilegeCreateShare),
			registration.Grant, []string{"SELECT on " + full + " to the owner of the share " + made, "missing in bncapers", "USE CATALOG"}},
		{"the provider never appears", different, func(x *world) { x.medpag.SetLag(100) },
			registration.Provider, []string{"for the metastore aws:eu-west-1:m1", "missing in medpag", "recipient featops_medpag of bncapers"}},
		{"providers may not be used", different, func(x *world) { x.medpag.SetUser("luis") },
			registration.Provider, []string{"for the metastore aws:eu-west-1:m1", "missing in medpag"}},
		{"no catalog may be made", different, on(target, "m2", "luis", catalog.PrivilegeUseProvider),
			registration.Catalog, []string{made, "missing in medpag", "CREATE CATALOG"}},
		{"nothing can be uploaded", settings{metastores: local.metastores, catalogs: [2]string{owners, "hive_metastore"}, local: true}, func(*world) {},
			registration.Metastore, []string{"of Unity Catalog", "missing in medpag", "rows of bncapers", "volume"}},
		{"the files are of that workspace alone", hive, func(x *world) { x.location = "dbfs:/user/hive/warehouse/fs.db/t" },
			registration.Location, []string{"dbfs:/user/hive/warehouse/fs.db/t", "missing in medpag", "cloud storage"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			x := open(t, c.world)
			c.prepare(x)
			err := x.store.Register(t.Context(), x.description(0, 10, columns))
			var missing *registration.MissingError
			if !errors.As(err, &missing) || missing.Thing != c.thing {
				t.Fatalf("%v", err)
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q says nothing of %q", err, part)
				}
			}
			if _, err := x.store.Registration(t.Context(), name); !errors.Is(err, workspaces.ErrNotRegistered) {
				t.Errorf("it is registered: %v", err)
			}
		})
	}
}
