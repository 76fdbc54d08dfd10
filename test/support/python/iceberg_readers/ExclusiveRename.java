import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Hadoop's local files, with a rename that never replaces a file.
 *
 * <p>HadoopCatalog commits by looking whether vN.metadata.json is there and then renaming to it.
 * Hadoop's own local rename replaces a file that came in between, and that commit would be lost.
 */
public class ExclusiveRename extends LocalFileSystem {
  public ExclusiveRename() {
    super(new Raw());
  }

  /** Renames a file by a second link to it, which cannot be made where there is a file already. */
  public static class Raw extends RawLocalFileSystem {
    @Override
    public boolean rename(Path from, Path to) throws IOException {
      FileStatus status = getFileStatus(from);
      if (status.isDirectory() || !to.getName().endsWith(".metadata.json")) {
        return super.rename(from, to);
      }
      try {
        Files.createLink(pathToFile(to).toPath(), pathToFile(from).toPath());
      } catch (FileAlreadyExistsException taken) {
        return false;
      }
      return delete(from, false);
    }
  }
}
