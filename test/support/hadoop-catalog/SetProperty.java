import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.hadoop.HadoopCatalog;

/** Prints a table as Iceberg's hadoop catalog reads it, then commits a property to it. */
public class SetProperty {
  public static void main(String[] args) throws Exception {
    try (HadoopCatalog catalog = new HadoopCatalog(new Configuration(), args[0])) {
      System.out.println("tables " + catalog.listTables(TableIdentifier.parse(args[1]).namespace()));
      Table table = catalog.loadTable(TableIdentifier.parse(args[1]));
      System.out.println("uuid " + table.uuid());
      System.out.println("watermark " + table.properties().get("watermark"));
      System.out.println("schema " + table.schema().findField(7) + " " + table.schema().findField(11));
      table.updateProperties().set(args[2], args[3]).commit();
    }
  }
}
