package registration

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/files"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

// Properties of a table that is a copy. It has none of those that make a table one of the workspace's own.
const (
	propertyCopyOf  = "featops.copy_of" // the workspace that owns the original
	propertyVersion = "featops.copied_version"
)

// uploads is the volume through which rows come into the workspace.
const uploads = "featops_uploads"

// largest is the size in bytes of the largest file that the Files API takes.
const largest = 5 << 30

// copyTable makes a table of a workspace on local disk readable here: its files go to a volume, and a table of this workspace
// is made from them in one commit. The files are deleted then.
func (s *Store) copyTable(ctx context.Context, peer Peer, t workspaces.Table) (place, error) {
	p := place{catalog: s.options.Catalog, database: s.options.Database, table: t.Name, copied: true}
	if p.catalog == hiveMetastore {
		return p, &MissingError{
			Thing: Metastore, Of: "of Unity Catalog", Workspace: s.options.Workspace,
			Do: "rows of " + t.Workspace + " come in through a volume, which only a workspace with Unity Catalog has",
		}
	}
	there, err := s.copied(ctx, p, t.Workspace)
	if err != nil {
		return p, err
	}
	folder := path.Join("/Volumes", p.catalog, p.database, uploads, t.Workspace, t.Name)
	if there != t.Version {
		if err := s.fill(ctx, p, peer, t, folder); err != nil {
			return p, err
		}
	}
	if err := s.clear(ctx, folder, nil); err != nil {
		return p, err
	}
	if err := s.options.Describe(ctx, t); err != nil {
		return p, err
	}
	return p, s.grant(ctx, s.options.Workspace, s.options.Connection, p)
}

// copied is the version that the copy of a table has; [workspaces.NoTable] when there is none. A table of that name that is no copy
// stays as it is.
func (s *Store) copied(ctx context.Context, p place, owner string) (int64, error) {
	var info *catalog.TableInfo
	err := s.options.Connection.Do(ctx, "read "+p.full()+" in the catalog of "+s.options.Workspace, func(ctx context.Context, c *client.DatabricksClient) (err error) {
		info, err = catalog.NewTables(c).GetByFullName(ctx, p.full())
		return err
	})
	if notThere(err) {
		return workspaces.NoTable, nil
	}
	if err != nil {
		return workspaces.NoTable, err
	}
	if info.Properties[propertyCopyOf] != owner {
		return workspaces.NoTable, fmt.Errorf("copy %s of %s to %s: there is a table of that name that is no copy of it", p.full(), owner, s.options.Workspace)
	}
	version, err := strconv.ParseInt(info.Properties[propertyVersion], 10, 64)
	if err != nil {
		return workspaces.NoTable, nil
	}
	return version, nil
}

// fill makes the rows of a table those of a copy, by way of a folder of the volume.
func (s *Store) fill(ctx context.Context, p place, peer Peer, t workspaces.Table, folder string) error {
	from, names, err := peer.Files(ctx, t.Name, t.Version)
	if err != nil {
		return err
	}
	if err := s.options.MakeDatabase(ctx); err != nil {
		return err
	}
	if _, err := s.run(ctx, "make the volume "+uploads, "CREATE VOLUME IF NOT EXISTS "+warehouse.Name(p.catalog, p.database, uploads)+" COMMENT 'Files of tables on their way in.'"); err != nil {
		return err
	}
	if err := s.upload(ctx, folder, from, names); err != nil {
		return err
	}
	columns, kept := make([]string, len(t.Schema)), make([]string, len(t.Schema))
	for i, c := range t.Schema {
		columns[i], kept[i] = warehouse.Name(c.Name)+" "+string(c.Type), warehouse.Name(c.Name)
	}
	_, err = s.run(ctx, "copy "+p.full(), fmt.Sprintf(`CREATE OR REPLACE TABLE %s
USING DELTA
COMMENT %s
TBLPROPERTIES (%s = %s, %s = '%d')
AS SELECT %s
FROM read_files(%s, format => 'parquet', schema => %s)`,
		p.sql(), warehouse.Text(t.Description), warehouse.Text(propertyCopyOf), warehouse.Text(t.Workspace), warehouse.Text(propertyVersion), t.Version,
		strings.Join(kept, ", "), warehouse.Text(folder), warehouse.Text(strings.Join(columns, ", "))))
	return err
}

// upload makes a folder of a volume hold exactly some files. A file of the same name and size is there already: data files never
// change.
func (s *Store) upload(ctx context.Context, folder string, from fs.FS, names []string) error {
	var keep []string
	for _, name := range names {
		keep = append(keep, path.Base(name))
	}
	if err := s.clear(ctx, folder, keep); err != nil {
		return err
	}
	there, err := s.list(ctx, folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		info, err := fs.Stat(from, name)
		if err != nil {
			return err
		}
		if info.Size() > largest {
			return fmt.Errorf("upload %s to %s in %s: it has %d bytes, allowed are %d: optimize the table into smaller files", name, folder, s.options.Workspace, info.Size(), int64(largest))
		}
		has := func(e files.DirectoryEntry) bool { return e.Name == path.Base(name) && e.FileSize == info.Size() }
		if slices.ContainsFunc(there, has) {
			continue
		}
		if err := s.send(ctx, from, name, path.Join(folder, path.Base(name))); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) send(ctx context.Context, from fs.FS, name, to string) error {
	needs := MissingError{Thing: Grant, Of: "of WRITE VOLUME on " + uploads, Do: "whoever owns the volume grants it to whom the token of featops is for"}
	err := s.options.Connection.DoWithin(ctx, uploadTime, "upload "+to+" in "+s.options.Workspace, func(ctx context.Context, c *client.DatabricksClient) error {
		f, err := from.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return files.NewFiles(c).Upload(connect.Repeatable(ctx), files.UploadRequest{FilePath: to, Contents: f, Overwrite: true})
	})
	return allowed(err, s.options.Workspace, needs)
}

// uploadTime is how long the upload of a file may take.
const uploadTime = 10 * time.Minute

// list lists a folder, which may not be there.
func (s *Store) list(ctx context.Context, folder string) (out []files.DirectoryEntry, err error) {
	err = s.options.Connection.Do(ctx, "list "+folder+" in "+s.options.Workspace, func(ctx context.Context, c *client.DatabricksClient) error {
		out, err = files.NewFiles(c).ListDirectoryContentsAll(ctx, files.ListDirectoryContentsRequest{DirectoryPath: folder})
		return err
	})
	if notThere(err) {
		return nil, nil
	}
	return out, err
}

// clear deletes the files of a folder but some.
func (s *Store) clear(ctx context.Context, folder string, keep []string) error {
	there, err := s.list(ctx, folder)
	if err != nil {
		return err
	}
	for _, e := range there {
		if slices.Contains(keep, e.Name) {
			continue
		}
		err := s.options.Connection.Do(ctx, "delete "+path.Join(folder, e.Name)+" in "+s.options.Workspace, func(ctx context.Context, c *client.DatabricksClient) error {
			return files.NewFiles(c).Delete(ctx, files.DeleteFileRequest{FilePath: path.Join(folder, e.Name)})
		})
		if err != nil && !notThere(err) {
			return err
		}
	}
	return nil
}
