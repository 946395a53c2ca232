package registration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sharing"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/registration"
)

func TestNothingIsRegisteredBefore(t *testing.T) {
	x := open(t, same)
	if all, err := x.store.Registrations(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := x.store.Registration(t.Context(), name); !errors.Is(err, workspaces.ErrNotRegistered) {
		t.Errorf("%v", err)
	}
}

func TestTheRecordIsThereForEverybodyAndReadWhenItMayHaveChanged(t *testing.T) {
	x := open(t, same)
	want := x.description(0, 10, columns)
	if err := x.store.Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	reads := func() (n int) {
		for _, s := range x.medpag.Statements() {
			if strings.HasPrefix(s, "SELECT table_name") {
				n++
			}
		}
		return n
	}
	x.registered(t, want)
	x.registered(t, want)
	if reads() != 1 {
		t.Errorf("it was read %d times after a registration", reads())
	}
	other := *x
	other.store = registration.New(x.options)
	other.registered(t, want)

	x.from.change(full, 12, columns)
	next := x.description(1, 12, columns)
	if err := other.store.Register(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	x.registered(t, want) // for as long as it is believed
	x.clock = x.clock.Add(time.Hour)
	x.registered(t, next)
}

func TestWhatWasReadBeforeAChangeIsNotBelievedAfterIt(t *testing.T) {
	x := open(t, same)
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err != nil {
		t.Fatal(err)
	}
	x.from.change(full, 12, columns)
	next := x.description(1, 12, columns)
	// The record has been read, and the answer is on its way.
	x.medpag.Fail("GET /api/2.0/sql/statements/", 1, double.Fault{After: func() {
		if err := x.store.Register(t.Context(), next); err != nil {
			t.Error(err)
		}
	}})
	if _, err := x.store.Registrations(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.registered(t, next)
}

func TestWorkspacesWithTheSameDatabaseHaveTheirOwnRegistrations(t *testing.T) {
	x := open(t, same)
	want := x.description(0, 10, columns)
	if err := x.store.Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	o := x.options
	o.Workspace = "third"
	third := registration.New(o)
	if all, err := third.Registrations(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
	x.from.change(full, 12, columns)
	if err := third.Register(t.Context(), x.description(1, 12, columns)); err != nil {
		t.Fatal(err)
	}
	again := *x
	again.store = registration.New(x.options)
	again.registered(t, want)
}

func TestATableThatCanNoLongerBeSeenIsNotRegistered(t *testing.T) {
	x := open(t, same)
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err != nil {
		t.Fatal(err)
	}
	x.from.drop(full)
	if _, err := x.store.Registration(t.Context(), name); !errors.Is(err, workspaces.ErrNotRegistered) {
		t.Errorf("%v", err)
	}
	if all, err := x.store.Registrations(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestWhatIsReadMustBeWhatTheOwnerSays(t *testing.T) {
	other := slices.Clone(columns)
	other[2].Type = schema.BigInt
	for about, c := range map[string]struct {
		rows    int64
		columns schema.Schema
		says    string
	}{
		"fewer rows":      {11, columns, "it has 10 rows, and bncapers says 11"},
		"another type":    {10, other, "column 3 is chr_credits_cnt INT, and not chr_credits_cnt BIGINT"},
		"a column's gone": {10, columns[:3], "it has 4 columns, and not 3"},
	} {
		t.Run(about, func(t *testing.T) {
			x := open(t, same)
			err := x.store.Register(t.Context(), x.description(0, c.rows, c.columns))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if _, err := x.store.Registration(t.Context(), name); !errors.Is(err, workspaces.ErrNotRegistered) {
				t.Errorf("it is registered: %v", err)
			}
		})
	}
}

func TestSomebodyElseMayWriteTheRecordAtTheSameTime(t *testing.T) {
	x := open(t, same)
	x.to.merges = 2
	want := x.description(0, 10, columns)
	if err := x.store.Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	x.registered(t, want)
}

func TestSeveralTablesAtTheSameTimeShareWhatTheyNeed(t *testing.T) {
	x := open(t, different)
	var all []workspaces.Registration
	for i := range 5 {
		r := x.description(0, 10, columns)
		r.Name = fmt.Sprintf("fs_%d", i)
		x.from.add(owners+"."+database+"."+r.Name, "s3://lake/"+r.Name, 10, columns)
		all = append(all, r)
	}
	// Two consoles know nothing of one another.
	stores := []*registration.Store{x.store, registration.New(x.options)}
	errs := make([]error, len(all))
	var done sync.WaitGroup
	for i, r := range all {
		done.Go(func() { errs[i] = stores[i%2].Register(t.Context(), r) })
	}
	done.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := x.bncapers.Share(made); len(got.Objects) != 5 || len(x.bncapers.Recipients()) != 1 || len(x.medpag.Catalogs()) != 1 {
		t.Errorf("shared %+v, with %+v, as %v", got, x.bncapers.Recipients(), x.medpag.Catalogs())
	}
	got, err := registration.New(x.options).Registrations(t.Context())
	if err != nil || len(got) != 5 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWhatAnAdministratorMadeIsUsed(t *testing.T) {
	x := open(t, different)
	x.do(t, func(ctx context.Context, owner, target *client.DatabricksClient) error {
		_, err := sharing.NewRecipients(owner).Create(ctx, sharing.CreateRecipient{
			Name: "to_medpag", AuthenticationType: sharing.AuthenticationTypeDatabricks, DataRecipientGlobalMetastoreId: "aws:eu-west-1:m2",
		})
		if err != nil {
			return err
		}
		shares := sharing.NewShares(owner)
		if _, err := shares.Create(ctx, sharing.CreateShare{Name: made}); err != nil {
			return err
		}
		_, err = shares.Update(ctx, sharing.UpdateShare{Name: made, Updates: []sharing.SharedDataObjectUpdate{{
			Action:     sharing.SharedDataObjectUpdateActionAdd,
			DataObject: &sharing.SharedDataObject{Name: full, DataObjectType: sharing.SharedDataObjectDataObjectTypeTable, SharedAs: "risk.credit"},
		}}})
		if err != nil {
			return err
		}
		_, err = shares.UpdatePermissions(ctx, sharing.UpdateSharePermissions{Name: made, Changes: []sharing.PermissionsChange{{Principal: "to_medpag", Add: []string{"SELECT"}}}})
		if err != nil {
			return err
		}
		_, err = catalog.NewCatalogs(target).Create(ctx, catalog.CreateCatalog{Name: "from_bncapers", ProviderName: "provider_m1", ShareName: made})
		return err
	})
	want := x.description(0, 10, columns)
	if err := x.store.Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	x.registered(t, want)
	x.sharedOnce(t)
	x.granted(t, x.medpag, "from_bncapers.risk.credit")
}

// do makes calls to both workspaces.
func (x *world) do(t *testing.T, f func(ctx context.Context, owner, target *client.DatabricksClient) error) {
	t.Helper()
	err := x.theirs.Do(t.Context(), "prepare", func(ctx context.Context, owner *client.DatabricksClient) error {
		return x.ours.Do(ctx, "prepare", func(ctx context.Context, target *client.DatabricksClient) error { return f(ctx, owner, target) })
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestATableOfThatNameThatIsElsewhereStays(t *testing.T) {
	x := open(t, hive)
	x.to.add("hive_metastore."+database+"."+name, "s3://elsewhere", 3, columns)
	err := x.store.Register(t.Context(), x.description(0, 10, columns))
	if err == nil || !strings.Contains(err.Error(), "s3://elsewhere") || !strings.Contains(err.Error(), x.location) {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotBeRegisteredIsRefused(t *testing.T) {
	for about, change := range map[string]func(*workspaces.Registration){
		"no name":                 func(r *workspaces.Registration) { r.Name = "" },
		"a table of its own":      func(r *workspaces.Registration) { r.Workspace = "medpag" },
		"of an unknown workspace": func(r *workspaces.Registration) { r.Workspace = "other" },
	} {
		t.Run(about, func(t *testing.T) {
			x := open(t, same)
			r := x.description(0, 10, columns)
			change(&r)
			if err := x.store.Register(t.Context(), r); err == nil {
				t.Error("it was registered")
			}
			if calls := append(x.bncapers.Calls(), x.medpag.Calls()...); len(calls) > 0 {
				t.Errorf("calls were made: %v", calls)
			}
		})
	}
}

func TestWhoeverGivesUpDoesNotWait(t *testing.T) {
	x := open(t, different)
	x.medpag.SetLag(100)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	o := x.options
	o.Pause = func(ctx context.Context, _ time.Duration) error {
		cancel(enough)
		return context.Cause(ctx)
	}
	if err := registration.New(o).Register(ctx, x.description(0, 10, columns)); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
}

func TestSomebodyElseMayMakeTheSameThingsAtTheSameTime(t *testing.T) {
	const unity = "/api/2.1/unity-catalog/"
	for call, f := range map[string]func(ctx context.Context, owner, target *client.DatabricksClient) error{
		"POST " + unity + "recipients": func(ctx context.Context, owner, _ *client.DatabricksClient) error {
			_, err := sharing.NewRecipients(owner).Create(ctx, sharing.CreateRecipient{
				Name: "to_medpag", AuthenticationType: sharing.AuthenticationTypeDatabricks, DataRecipientGlobalMetastoreId: "aws:eu-west-1:m2",
			})
			return err
		},
		"POST " + unity + "shares": func(ctx context.Context, owner, _ *client.DatabricksClient) error {
			_, err := sharing.NewShares(owner).Create(ctx, sharing.CreateShare{Name: made})
			return err
		},
		"PATCH " + unity + "shares/" + made: func(ctx context.Context, owner, _ *client.DatabricksClient) error {
			_, err := sharing.NewShares(owner).Update(ctx, sharing.UpdateShare{Name: made, Updates: []sharing.SharedDataObjectUpdate{{
				Action: sharing.SharedDataObjectUpdateActionAdd,
				DataObject: &sharing.SharedDataObject{
					Name: full, DataObjectType: sharing.SharedDataObjectDataObjectTypeTable, SharedAs: database + "." + name,
					HistoryDataSharingStatus: sharing.SharedDataObjectHistoryDataSharingStatusEnabled,
				},
			}}})
			return err
		},
		"POST " + unity + "catalogs": func(ctx context.Context, _, target *client.DatabricksClient) error {
			_, err := catalog.NewCatalogs(target).Create(ctx, catalog.CreateCatalog{Name: made, ProviderName: "provider_m1", ShareName: made})
			return err
		},
	} {
		t.Run(call, func(t *testing.T) {
			x := open(t, different)
			at := x.bncapers
			if strings.HasSuffix(call, "catalogs") {
				at = x.medpag
			}
			at.Fail(call, 1, double.Fault{After: func() { x.do(t, f) }})
			want := x.description(0, 10, columns)
			if err := x.store.Register(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			x.registered(t, want)
			x.sharedOnce(t)
		})
	}
}

func TestFilesThatAnEarlierCopyLeftAreNotInTheNextOne(t *testing.T) {
	x := open(t, local)
	const toTheCopy = 2 // after the volume
	x.to.failing = toTheCopy
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err == nil {
		t.Fatal("the copy did not fail")
	}
	if left := x.medpag.Files("/Volumes/" + own + "/" + database + "/featops_uploads/bncapers/" + name); len(left) != 2 {
		t.Fatalf("it left %v", left)
	}
	x.to.failing = 0
	want := x.description(1, 12, columns)
	if err := x.store.Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	x.registered(t, want)
}

func TestWhatIsGrantedAlreadyIsNotGrantedAgain(t *testing.T) {
	x := open(t, different)
	x.do(t, func(ctx context.Context, owner, _ *client.DatabricksClient) error {
		_, err := sharing.NewShares(owner).Create(ctx, sharing.CreateShare{Name: made})
		for i, metastore := range []string{"m7", "m8", "m2"} {
			recipient := fmt.Sprintf("to_%d", i)
			if err == nil {
				_, err = sharing.NewRecipients(owner).Create(ctx, sharing.CreateRecipient{
					Name: recipient, AuthenticationType: sharing.AuthenticationTypeDatabricks, DataRecipientGlobalMetastoreId: "aws:eu-west-1:" + metastore,
				})
			}
			if err == nil {
				_, err = sharing.NewShares(owner).UpdatePermissions(ctx, sharing.UpdateSharePermissions{Name: made, Changes: []sharing.PermissionsChange{{Principal: recipient, Add: []string{"SELECT"}}}})
			}
		}
		return err
	})
	x.medpag.Allow("catalog "+made, readers, catalog.PrivilegeBrowse)
	x.medpag.Allow("schema "+made+"."+database, readers, catalog.PrivilegeAllPrivileges)
	x.bncapers.Forget()
	x.medpag.Forget()
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"PATCH /api/2.1/unity-catalog/shares/" + made, "POST /api/2.1/unity-catalog/catalogs",
		"PATCH /api/2.1/unity-catalog/permissions/CATALOG/" + made,
	}
	if got := append(changing(x.bncapers), changing(x.medpag)...); !slices.Equal(got, want) {
		t.Errorf("changes %v", got)
	}
}

func TestTheOwnerOfTheShareMustBeAbleToReadTheTable(t *testing.T) {
	x := open(t, different)
	x.bncapers.SetUser("ops")
	x.bncapers.Allow("metastore m1", "ops", catalog.PrivilegeCreateRecipient, catalog.PrivilegeCreateShare)
	x.bncapers.Allow("catalog "+owners, "ops", catalog.PrivilegeUseCatalog)
	x.bncapers.Allow("schema "+owners+"."+database, "ops", catalog.PrivilegeUseSchema)
	x.bncapers.Allow("table "+full, "ops", catalog.PrivilegeSelect)
	if err := x.store.Register(t.Context(), x.description(0, 10, columns)); err != nil {
		t.Fatal(err)
	}
	x.bncapers.Disallow("table "+full, "ops")
	err := x.store.Register(t.Context(), x.description(0, 10, columns))
	var missing *registration.MissingError
	if !errors.As(err, &missing) || missing.Thing != registration.Grant || !strings.Contains(err.Error(), "SELECT on "+full+" to the owner of the share "+made) {
		t.Errorf("%v", err)
	}
}
