//! The shapes that spare large tables their locks, as the transactions they come to. That they run, and lead to the
//! same schema, is tested with the runner.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use limbeck_dialect::{render_safely, without_safe_shape};
use limbeck_schema::{
    CheckConstraint, Column, Constraint, Dialect, ForeignKey, Index, MetaData, Operation, PrimaryKey,
    SqlType, Table, UniqueConstraint,
};

/// The transactions, statements joined by `; `.
fn transactions(operations: &[Operation]) -> Vec<String> {
    let after = MetaData::new().table(Table::new("t"));
    let groups = render_safely(Dialect::Postgresql, operations, &after, &after).unwrap();
    groups.iter().map(|group| group.iter().map(|s| s.sql.clone()).collect::<Vec<_>>().join("; ")).collect()
}

fn add(constraint: Constraint) -> Operation {
    Operation::AddConstraint { table: "t".into(), constraint }
}

fn foreign_key() -> Constraint {
    let mut fk = ForeignKey::new(["p_id"], "p", ["id"]);
    fk.name = Some("fk_t_p".to_owned());
    Constraint::ForeignKey(fk)
}

fn create_index(name: &str) -> Operation {
    Operation::CreateIndex { table: "t".into(), index: Index::on(["a"]).named(name) }
}

fn drop_index(name: &str) -> Operation {
    Operation::DropIndex { table: "t".into(), index: Index::on(["b"]).named(name) }
}

#[test]
fn constraints_are_validated_at_the_end_each_on_its_own() {
    let check = Constraint::Check(CheckConstraint::new("a > 0").named("ck_t_a"));
    let comment = Operation::Execute { forward: Some("SELECT 1".to_owned()), backward: None };
    assert_eq!(
        transactions(&[add(foreign_key()), add(check), comment]),
        [
            "ALTER TABLE t ADD CONSTRAINT fk_t_p FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID; \
             ALTER TABLE t ADD CONSTRAINT ck_t_a CHECK (a > 0) NOT VALID; SELECT 1",
            "ALTER TABLE t VALIDATE CONSTRAINT fk_t_p",
            "ALTER TABLE t VALIDATE CONSTRAINT ck_t_a",
        ]
    );
}

#[test]
fn indexes_are_built_and_dropped_concurrently() {
    assert_eq!(
        transactions(&[create_index("ix_new"), drop_index("ix_old")]),
        ["CREATE INDEX CONCURRENTLY ix_new ON t (a)", "DROP INDEX CONCURRENTLY IF EXISTS ix_old"]
    );
}

#[test]
fn an_index_stands_aside_until_its_successor_is_built() {
    assert_eq!(
        transactions(&[drop_index("ix"), create_index("ix")]),
        [
            "ALTER INDEX ix RENAME TO ix_replaced",
            "CREATE INDEX CONCURRENTLY ix ON t (a)",
            "DROP INDEX CONCURRENTLY IF EXISTS ix_replaced",
        ]
    );
}

#[test]
fn keys_take_over_an_index() {
    let mut unique = UniqueConstraint::new(["a", "b"]);
    unique.name = Some("uq_t".to_owned());
    unique.nulls_not_distinct = true;
    let mut key = PrimaryKey::new(["id"]);
    key.name = Some("pk_t".to_owned());
    assert_eq!(
        transactions(&[add(Constraint::Unique(unique)), add(Constraint::PrimaryKey(key))]),
        [
            "CREATE UNIQUE INDEX CONCURRENTLY uq_t ON t (a, b) NULLS NOT DISTINCT",
            "ALTER TABLE t ADD CONSTRAINT uq_t UNIQUE USING INDEX uq_t",
            "CREATE UNIQUE INDEX CONCURRENTLY pk_t ON t (id)",
            "ALTER TABLE t ADD CONSTRAINT pk_t PRIMARY KEY USING INDEX pk_t",
        ]
    );
}

#[test]
fn not_null_comes_over_a_check() {
    let from = Column::new("a", SqlType::Integer);
    let to = Column::new("a", SqlType::BigInteger).not_null().backfill("0");
    let alter = Operation::AlterColumn { table: "t".into(), from: Box::new(from), to: Box::new(to) };
    assert_eq!(
        transactions(&[alter]),
        [
            "ALTER TABLE t ALTER COLUMN a TYPE BIGINT",
            "UPDATE t SET a = 0 WHERE a IS NULL",
            "ALTER TABLE t ADD CONSTRAINT ck_t_a_not_null CHECK (a IS NOT NULL) NOT VALID",
            "ALTER TABLE t VALIDATE CONSTRAINT ck_t_a_not_null",
            "ALTER TABLE t\n    ALTER COLUMN a SET NOT NULL,\n    DROP CONSTRAINT ck_t_a_not_null",
        ]
    );
    let column = Column::new("b", SqlType::Text).not_null().backfill("''");
    let first = transactions(&[Operation::AddColumn { table: "t".into(), column: Box::new(column) }]);
    assert_eq!(first.len(), 5);
    assert_eq!(first[..2], ["ALTER TABLE t ADD COLUMN b TEXT", "UPDATE t SET b = '' WHERE b IS NULL"]);
}

#[test]
fn what_has_no_rows_or_no_such_way_stays_in_one_transaction() {
    let created =
        Operation::CreateTable(Box::new(Table::new("t").with_column(Column::new("a", SqlType::Integer))));
    assert_eq!(transactions(&[created, create_index("ix"), add(foreign_key())]).len(), 1);

    let mut parts = Table::new("t");
    parts.options.postgresql.partition_by = Some("RANGE (a)".to_owned());
    let model = MetaData::new().table(parts);
    let operations = [create_index("ix"), add(foreign_key())];
    assert_eq!(render_safely(Dialect::Postgresql, &operations, &model, &model).unwrap().len(), 1);
    assert_eq!(without_safe_shape(Dialect::Postgresql, &operations, &model, &model), operations);

    let plain = MetaData::new();
    assert_eq!(render_safely(Dialect::Sqlite, &[create_index("ix")], &plain, &plain).unwrap().len(), 1);

    // A key that replaces another must not be missing between two transactions.
    let mut key = PrimaryKey::new(["id"]);
    key.name = Some("pk_t".to_owned());
    let key = Constraint::PrimaryKey(key);
    let drop = Operation::DropConstraint { table: "t".into(), constraint: key.clone() };
    assert_eq!(transactions(&[drop, add(key)]).len(), 1);
}
