import CShim

/// The user's terminal.
public enum Terminal {
    /// Its size; nil where neither stdin, stdout nor stderr is one.
    public static func size() -> (rows: UInt16, columns: UInt16)? {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        for descriptor in [Int32(0), 1, 2] where unsafe apus_get_window_size(descriptor, &rows, &columns) == 0 && rows > 0 {
            return (rows, columns)
        }
        return nil
    }
}
