package features

import (
	"errors"
	"fmt"
	"strings"

	"featops/features/schema"
)

// Source is a table that feature tables are computed from: its place and the columns that
// featops knows, with their types. A source may have more columns; they are ignored.
type Source struct {
	Database string
	Name     string
	Columns  schema.Schema
}

// FullName is database.name.
func (s Source) FullName() string { return s.Database + "." + s.Name }

// Check compares the columns that a table needs with those that its source really has. All
// problems come in one error.
func (s Source) Check(needed, actual schema.Schema) error {
	var problems []error
	for _, c := range needed {
		i := actual.Index(c.Name)
		if i < 0 {
			problems = append(problems, fmt.Errorf("source %s: column %s (%s) is missing: it has %s",
				s.FullName(), c.Name, c.Type, strings.Join(actual.Names(), ", ")))
			continue
		}
		if allowed := accepted(c.Type); !allows(allowed, actual[i].Type) {
			problems = append(problems, fmt.Errorf("source %s: column %s is %s: allowed are %v",
				s.FullName(), c.Name, actual[i].Type, allowed))
		}
	}
	return errors.Join(problems...)
}

// accepted lists the types in which a column of a declared type may arrive.
func accepted(declared schema.Type) []schema.Type {
	switch declared {
	case schema.Int, schema.BigInt:
		return []schema.Type{schema.BigInt, schema.Int}
	case schema.Double:
		return []schema.Type{schema.Double, schema.Float, "DECIMAL", schema.BigInt, schema.Int}
	case schema.Date, schema.Timestamp:
		return []schema.Type{schema.Date, schema.Timestamp}
	}
	return []schema.Type{declared}
}

func allows(allowed []schema.Type, t schema.Type) bool {
	for _, a := range allowed {
		if a == t || a == "DECIMAL" && t.IsDecimal() {
			return true
		}
	}
	return false
}

// The sources of the built-in feature tables. Money may also arrive as DECIMAL, integers as INT
// or BIGINT.
var (
	Clients = Source{"demo_db", "clientes", schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt, Comment: "customer"},
		{Name: "fecha_nacimiento", Type: schema.Date, Comment: "date of birth"},
		{Name: "genero", Type: schema.String, Comment: "gender: M, F"},
		{Name: "estado_civil", Type: schema.String, Comment: "marital status: Soltero, Casado, Divorciado"},
		{Name: "nivel_educativo", Type: schema.String, Comment: "education: Primaria, Secundaria, Universitario, Postgrado"},
		{Name: "ingresos_mensuales", Type: schema.Double, Comment: "monthly income"},
		{Name: "zona_residencia", Type: schema.String, Comment: "zone of residence: Urbano, Rural"},
		{Name: "ciudad", Type: schema.String, Comment: "city"},
		{Name: "fecha_apertura", Type: schema.Date, Comment: "date on which the customer was created"},
		{Name: "segmento_cliente", Type: schema.String, Comment: "segment by income: ELITE, PREMIUM, PRESTIGE, SILVER"},
	}}
	Products = Source{"demo_db", "productos", schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt, Comment: "customer"},
		{Name: "producto", Type: schema.String, Comment: "product held"},
		{Name: "fecha", Type: schema.Timestamp, Comment: "month, as its first day"},
		{Name: "monto", Type: schema.Double, Comment: "amount outstanding"},
		{Name: "total_productos", Type: schema.BigInt, Comment: "products held in all"},
	}}
	Payments = Source{"demo_db", "pagos", schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt, Comment: "customer"},
		{Name: "periodo", Type: schema.String, Comment: "month, yyyy-MM"},
		{Name: "saldo_total_credito", Type: schema.Double, Comment: "balance of the credit"},
		{Name: "cuota_pagada", Type: schema.Boolean, Comment: "instalment paid"},
		{Name: "monto_pagado", Type: schema.Double, Comment: "amount paid"},
		{Name: "dias_mora", Type: schema.BigInt, Comment: "days past due"},
		{Name: "pago_minimo", Type: schema.Boolean, Comment: "only the minimum was paid"},
		{Name: "calificacion_sistema", Type: schema.String, Comment: "rating, A best to E"},
		{Name: "fecha_apertura", Type: schema.Date, Comment: "opening of the credit"},
		{Name: "fecha_cierre", Type: schema.Date, Comment: "closing of the credit"},
		{Name: "valor_total_credito", Type: schema.Double, Comment: "credit granted"},
		{Name: "cuota_mensual", Type: schema.Double, Comment: "monthly instalment"},
		{Name: "meses_credito", Type: schema.BigInt, Comment: "term in months"},
	}}
	CreditBureau = Source{"demo_db", "buro_credito", schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt, Comment: "customer"},
		{Name: "periodo", Type: schema.String, Comment: "month, yyyy-MM"},
		{Name: "calificacion_sistema", Type: schema.String, Comment: "rating, A best to E"},
		{Name: "buro_score", Type: schema.Int, Comment: "bureau score, 300 to 950"},
		{Name: "consultas_buro_12m", Type: schema.Int, Comment: "bureau inquiries in 12 months"},
		{Name: "deuda_total_bancos", Type: schema.Double, Comment: "debt with all banks"},
	}}
	Transactions = Source{"demo_db", "transacciones", schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt, Comment: "customer"},
		{Name: "periodo", Type: schema.String, Comment: "month, yyyy-MM"},
		{Name: "numero_transacciones", Type: schema.BigInt, Comment: "transactions"},
		{Name: "monto_total_transacciones", Type: schema.Double, Comment: "amount of the transactions"},
		{Name: "recencia_ultima_transaccion", Type: schema.BigInt, Comment: "days since the last transaction"},
	}}
)
