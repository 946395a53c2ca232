package features

import "featops/features/schema"

// Demographic is fs_cus_demographic: who the customer is. The source keeps no history, so a past
// month shows the attributes of today, not those of that month.
func Demographic() Table {
	return Table{
		Name:        "fs_cus_demographic",
		Prefix:      "cdmg_",
		Workspace:   "bncapers",
		Entity:      "customer",
		Description: "demographic attributes, as they are today",
		Source:      Clients,
		Customer:    "id_cliente",
		Release:     Release{Since: "fecha_apertura"},
		Frame:       Rows,
		Features: []Feature{
			{"gender", Col("genero"), "Gender."},
			{"educational_lvl1", Map{
				Of: Col("nivel_educativo"),
				Cases: []Case{
					{"universitario", Text("superior")},
					{"postgrado", Text("superior")},
					{"secundaria", Text("secundaria")},
					{"primaria", Text("primaria")},
				},
				Else:   Text("ninguna"),
				IfNull: Text("ninguna"),
			}, "Education in broad groups: superior, secundaria, primaria, ninguna."},
			{"educational_lvl2", Col("nivel_educativo"), "Education as the source has it."},
			{"marital_status_lvl1", Map{
				Of: Col("estado_civil"),
				Cases: []Case{
					{"divorciado", Text("soltero")},
					{"soltero", Text("soltero")},
				},
				Else:   Text("casado"),
				IfNull: Null(schema.String),
			}, "Marital status in broad groups: soltero, casado."},
			{"marital_status_lvl2", Col("estado_civil"), "Marital status as the source has it."},
			{"avg_income_month", Col("ingresos_mensuales"), "Monthly income."},
			{"zone_residence", Col("zona_residencia"), "Zone of residence."},
			{"city", Col("ciudad"), "City."},
			{"segment", Col("segmento_cliente"), "Segment by income."},
			{"cust_code_creation_time_months",
				MonthsBetween{End: ReleaseDate{}, Start: MonthStart{Col("fecha_apertura")}},
				"Whole months from the month in which the customer was created to the release date."},
		},
	}
}
