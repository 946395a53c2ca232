package double

// storage is the path under which results are fetched by link.
const storage = "/storage/"
