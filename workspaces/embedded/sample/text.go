package sample

import "strings"

// cities are the names of Latin American cities as people type them, several spellings of one city
// included.
var cities = [...]string{
	"Bogotá", "BOGOTÁ", "bogota", "Bogotá, D.C.", "Medellín", " Medellín", "Lima", "LIMA ",
	" San José ", "San José", "São Paulo", "SÃO PAULO", "Água Branca", "Brasília", "Ciudad de México",
	"CIUDAD DE MÉXICO", "Quito", "Guayaquil", "Asunción", "Montevideo", "Córdoba", "  córdoba",
	"Valparaíso", "Concepción", "Ñuñoa", "Peñalolén", "Mayagüez", "Güines", "La Paz (Bolivia)",
	"Sta. Cruz de la Sierra", "San Salvador", "Tegucigalpa; M.D.C.", "Pointe-à-Pitre", "Curaçao",
	"San Juan / P.R.", "Colón & Portobelo", "L'Asile", "Santo Domingo Este_",
}

// spell returns s, now and then in another case or with spaces around it.
func (d *draws) spell(s string) string {
	switch d.IntN(40) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToLower(s)
	case 2:
		return " " + s
	case 3:
		return s + " "
	case 4:
		return "  " + strings.ToUpper(s) + " "
	default:
		return s
	}
}
