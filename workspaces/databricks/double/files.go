package double

import (
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/files"
)

// Files are the contents of a folder, such as /Volumes/main/fs/v/t, by name.
func (s *Server) Files(folder string) map[string][]byte {
	out := map[string][]byte{}
	s.locked(func() {
		for name, content := range s.metastore.files {
			if path.Dir(name) == folder {
				out[path.Base(name)] = content
			}
		}
	})
	return out
}

// AddVolume makes a volume, as catalog.schema.volume.
func (s *Server) AddVolume(name string) { s.locked(func() { s.metastore.volumes[name] = true }) }

// inVolume reports whether a path is in a volume that there is.
func (m *metastore) inVolume(name string) bool {
	parts := strings.Split(name, "/")
	return len(parts) > 5 && parts[1] == "Volumes" && m.volumes[strings.Join(parts[2:5], ".")]
}

func (s *Server) serveFiles() {
	none := func(w http.ResponseWriter, name string) {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "No such file or directory: "+name)
	}
	on := func(pattern string, f func(w http.ResponseWriter, r *http.Request, name string, body []byte)) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			s.account.mu.Lock()
			defer s.account.mu.Unlock()
			name := "/" + r.PathValue("path")
			if !s.metastore.inVolume(name) {
				refuse(w, http.StatusNotFound, "NOT_FOUND", "Volume of "+name+" does not exist.")
				return
			}
			f(w, r, name, body)
		})
	}
	on("PUT /api/2.0/fs/files/{path...}", func(w http.ResponseWriter, r *http.Request, name string, body []byte) {
		if _, has := s.metastore.files[name]; has && r.URL.Query().Get("overwrite") != "true" {
			refuse(w, http.StatusConflict, "ALREADY_EXISTS", "The file being created already exists.")
			return
		}
		s.metastore.files[name] = body
		w.WriteHeader(http.StatusNoContent)
	})
	on("DELETE /api/2.0/fs/files/{path...}", func(w http.ResponseWriter, _ *http.Request, name string, _ []byte) {
		if _, has := s.metastore.files[name]; !has {
			none(w, name)
			return
		}
		delete(s.metastore.files, name)
		w.WriteHeader(http.StatusNoContent)
	})
	on("GET /api/2.0/fs/directories/{path...}", func(w http.ResponseWriter, _ *http.Request, name string, _ []byte) {
		var out files.ListDirectoryResponse
		for _, file := range slices.Sorted(maps.Keys(s.metastore.files)) {
			if path.Dir(file) == name {
				out.Contents = append(out.Contents, files.DirectoryEntry{Name: path.Base(file), Path: file, FileSize: int64(len(s.metastore.files[file]))})
			}
		}
		if out.Contents == nil {
			none(w, name)
			return
		}
		answer(w, out)
	})
}
