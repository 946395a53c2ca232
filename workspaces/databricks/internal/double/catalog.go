package double

type catalog struct{}

func (s *Server) serveCatalog() {}
