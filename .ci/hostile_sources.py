"""Source tables with everything that data should not have, the same for a seed.

Months are missing and come in any order, customers have one row or many in a month, money is DECIMAL or DOUBLE with ties,
infinities and NaN, texts have the accents and signs of many alphabets, dates lie at the ends of months, and some rows have a
month that is none.
"""

import datetime
import math
import random
from decimal import Decimal

import pyarrow as pa

TEST_CUSTOMER = 999999999
NO_MONTHS = (None, "", "2024-13", "2024-00", "2024-1", "24-01", " 2024-01", "2024-01 ", "2024-01\n", "0000-01", "2024/01", "2024-01-01")
NO_MONTHS += ("+024-01", "２０２４-01", "2024‐01", "abcd-ef")

# What the texts are put together from, beside the categories that the definitions look for.
SCRAPS = (
    "San José", "Bogotá", "MÜNCHEN", "Åre", "Ærø", "œuvre", "Łódź", "Đà Nẵng", "straße", "STRASSE", "ẞ", "Þingvellir", "Çeşme", "İzmir",
    "ΟΔΟΣ", "ὈΔΥΣΣΕΎΣ", "Ёлка", "Йошкар-Ола", "Ӂ", "ﬁn", "e\u0301clair", "A\u030A", "q\u0307\u0323", "\u0301", "Ǽ", "Ǿ", "ſ", "K", "Å",
    "日本", "가", "𝔘", "😀", "a\u200bb", "\u00a0x\u00a0", "a\tb", "\ta\n", "\u2003b", "½", "ª", "≠", "x≮y", "`", "\\", "%", '"', "#", "|",
    "[a]", "(b)", "c*d", "e:f", "g.h", "i-j", "k;l", "m<n", "o?p", "q/r", "s,t", "u'v", "w_x", "y&z", "___", " - ", "a  b", "", " ",
)
CATEGORIES = (
    "Tarjeta de Crédito", "credito hipotecario", "CRÉDITO PRODUCTIVO", " crédito_vehicular ", "Crédito--Vehicular", "A", "b", "C ", "É", "e", "D",
    "Universitario", "Postgrado", "SECUNDARIA", "primaria", "Divorciado", "Soltero", "casado", "Urbano", "M", "F",
)


class Hostile:
    def __init__(self, seed: int, customers: int):
        self.random = random.Random(seed)
        ids = [*range(1, customers), -1, 0, 2**62, -(2**63), 2**63 - 1, TEST_CUSTOMER - 1]
        self.customers = [*ids, TEST_CUSTOMER]

    def tables(self) -> dict[str, pa.Table]:
        return {
            "clientes": self.clientes(),
            "productos": self.productos(),
            "pagos": self.pagos(),
            "buro_credito": self.buro_credito(),
            "transacciones": self.transacciones(),
        }

    def maybe(self, value, share: float = 0.1):
        return None if self.random.random() < share else value

    def text(self) -> str | None:
        parts = self.random.choices((*CATEGORIES, *SCRAPS), k=self.random.choice((1, 1, 1, 2, 3)))
        return self.maybe(self.random.choice(("", " ", "_")).join(parts))

    def category(self) -> str | None:
        return self.maybe(self.random.choice(CATEGORIES) if self.random.random() < 0.8 else self.random.choice(SCRAPS), 0.05)

    def double(self, odd: float = 0.02) -> float | None:
        pick = self.random.random()
        if pick < odd:
            return self.random.choice((math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e300, -1e300, 1.7976931348623157e308))
        if pick < 0.3:
            return self.random.randrange(-10, 2_000_000) / 20_000  # a tie, or next to one
        if pick < 0.4:
            return self.random.choice((0.0, 1.0, 1e15, 123456789012.34, 1e-5, 0.1, 1 / 3))
        return round(self.random.uniform(0, 20_000), 2)

    def decimal(self, scale: int, digits: int) -> Decimal | None:
        units = self.random.choice((0, 1, 5, self.random.randrange(10**6), self.random.randrange(10**digits)))
        return self.maybe(Decimal(self.random.choice((units, units, -units))).scaleb(-scale))

    def day(self) -> datetime.date:
        year, month = self.random.randrange(2015, 2030), self.random.randrange(1, 13)
        first = datetime.date(year, month, 1)
        after = datetime.date(year + month // 12, month % 12 + 1, 1)
        days = (after - first).days
        return first + datetime.timedelta(self.random.choice((0, 0, 14, days - 2, days - 1, days - 1, self.random.randrange(days))))

    def months(self) -> list[str]:
        """The months of a customer: in a row or with gaps, one or many, some of them twice, in no order."""
        start, length = self.random.randrange(2018 * 12, 2026 * 12), self.random.choice((1, 1, 2, 7, 12, 20))
        gaps = self.random.random() < 0.5
        chosen = [m for m in range(start, start + length) if not gaps or self.random.random() < 0.6] or [start]
        chosen += self.random.choices(chosen, k=self.random.choice((0, 0, 1, 5)))
        self.random.shuffle(chosen)
        return [f"{m // 12:04}-{m % 12 + 1:02}" for m in chosen]

    def rows(self):
        """A customer and a month for each row of a source with months; some are without one."""
        out = [(self.maybe(c, 0.02), m) for c in self.customers for m in self.months()]
        out += [(self.random.choice(self.customers), m) for m in NO_MONTHS]
        self.random.shuffle(out)
        return out

    def table(self, columns: dict[str, pa.DataType], rows: list[tuple]) -> pa.Table:
        return pa.table({n: pa.array(v, t) for (n, t), v in zip(columns.items(), zip(*rows, strict=True), strict=True)})

    def clientes(self) -> pa.Table:
        columns = {"id_cliente": pa.int64(), "genero": pa.string(), "estado_civil": pa.string(), "nivel_educativo": pa.string()}
        columns |= {"ingresos_mensuales": pa.decimal128(18, 2), "zona_residencia": pa.string(), "ciudad": pa.string()}
        columns |= {"fecha_apertura": pa.date32(), "segmento_cliente": pa.string()}
        rows = [
            (self.maybe(c, 0.02), self.category(), self.category(), self.category(), self.decimal(2, 16), self.text(), self.text())
            + (self.maybe(self.day()), self.text())
            for c in self.customers
        ]
        return self.table(columns, rows)

    def productos(self) -> pa.Table:
        columns = {"id_cliente": pa.int64(), "producto": pa.string(), "fecha": pa.timestamp("us", "UTC"), "monto": pa.float64()}
        columns |= {"total_productos": pa.int32()}
        rows = []
        for c, month in self.rows():
            moment = None
            if month not in NO_MONTHS:
                moment = datetime.datetime.fromisoformat(month + "-01").replace(tzinfo=datetime.UTC)
                moment += datetime.timedelta(self.random.randrange(28), self.random.randrange(86_400), self.random.randrange(10**6))
            rows.append((c, moment, self.category()))
        return self.table(columns, [(c, p, m, self.maybe(self.double()), self.maybe(self.random.randrange(9))) for c, m, p in rows])

    def pagos(self) -> pa.Table:
        columns = {"id_cliente": pa.int64(), "periodo": pa.string(), "saldo_total_credito": pa.decimal128(20, 5), "cuota_pagada": pa.bool_()}
        columns |= {"monto_pagado": pa.float64(), "dias_mora": pa.int64(), "pago_minimo": pa.bool_(), "calificacion_sistema": pa.string()}
        columns |= {"fecha_apertura": pa.date32(), "fecha_cierre": pa.date32(), "valor_total_credito": pa.float32()}
        columns |= {"cuota_mensual": pa.decimal128(38, 10), "meses_credito": pa.int64()}
        rows = [
            (c, m, self.decimal(5, 15), self.maybe(self.random.random() < 0.7), self.maybe(self.double()), self.maybe(self.random.randrange(-5, 400)))
            + (self.maybe(self.random.random() < 0.3), self.category(), self.maybe(self.day()), self.maybe(self.day()))
            + (self.maybe(self.random.choice((0.0, 0.1, 1e10, self.random.uniform(0, 1e6)))), self.decimal(10, 30), None)
            for c, m in self.rows()
        ]
        return self.table(columns, rows)

    def buro_credito(self) -> pa.Table:
        columns = {"id_cliente": pa.int64(), "periodo": pa.string(), "calificacion_sistema": pa.string(), "buro_score": pa.int64()}
        columns |= {"consultas_buro_12m": pa.int32(), "deuda_total_bancos": pa.float64()}
        scores = (0, 1, -1, 300, 950, 100_000_000, -100_000_000)
        rows = [
            (c, m, self.category(), self.maybe(self.random.choice(scores)), self.maybe(self.random.randrange(-3, 40)), self.maybe(self.double()))
            for c, m in self.rows()
        ]
        return self.table(columns, rows)

    def transacciones(self) -> pa.Table:
        columns = {"id_cliente": pa.int32(), "periodo": pa.string(), "numero_transacciones": pa.int64()}
        columns |= {"monto_total_transacciones": pa.float64(), "recencia_ultima_transaccion": pa.int32()}
        rows = [
            (c, m, self.maybe(self.random.choice((0, 0, 1, 3, 16, 10**8))), self.maybe(self.double(), 0.2), self.maybe(self.random.randrange(31)))
            for c, m in self.rows()
            if c is None or abs(c) < 2**31
        ]
        return self.table(columns, rows)
