import type { ColumnDefinitionBuilder, CreateTableBuilder } from 'kysely';

type DataType = Parameters<CreateTableBuilder<string>['addColumn']>[1];

/** Where databases differ in what a column is called or can hold; everything else of the schema is the same for all. */
export interface ColumnTypes {
  /** Text that is compared and ordered byte by byte. */
  readonly text: DataType;
  /** Milliseconds since the epoch, and counters that never end. */
  readonly long: DataType;
  /** A number that the database counts up itself, with what its column takes beside the type. */
  readonly sequence: {
    readonly type: DataType;
    readonly key: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  };
}
