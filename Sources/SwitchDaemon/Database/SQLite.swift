import CSQLite
import LinuxSystem

/// The one door to the SQLite library: a connection to a database file, used by one thread.
@safe final class SQLite {
    private let path: String
    private let handle: OpaquePointer
    /// Prepared once each, by their text.
    private var statements: [String: Statement] = [:]

    /// A value of a column.
    enum Value: Equatable {
        case integer(Int64)
        case text(String)
        case blob([UInt8])

        init(_ number: some FixedWidthInteger) { self = .integer(Int64(truncatingIfNeeded: number)) }
        init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    }

    /// A prepared statement.
    @safe private struct Statement {
        let pointer: OpaquePointer
    }

    /// One row of an answer, valid until the next.
    @safe struct Row {
        fileprivate let statement: OpaquePointer

        func integer<Number: FixedWidthInteger>(_ column: Int32) -> Number { unsafe Number(truncatingIfNeeded: sqlite3_column_int64(statement, column)) }
        func flag(_ column: Int32) -> Bool { integer(column) != Int64(0) }
        func text(_ column: Int32) -> String {
            guard let bytes = unsafe sqlite3_column_text(statement, column) else { return "" }
            return unsafe String(cString: bytes)
        }
        func blob(_ column: Int32) -> [UInt8] {
            guard let bytes = unsafe sqlite3_column_blob(statement, column) else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column))))
        }
    }

    /// Opens the database, made if missing.
    init(_ path: String) throws(ApusError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let status = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened = unsafe opened else { throw ApusError(.system, "cannot open \(path): out of memory") }
        if status != SQLITE_OK {
            let words = unsafe String(cString: sqlite3_errmsg(opened))
            unsafe sqlite3_close_v2(opened)
            throw ApusError(.system, "cannot open \(path): \(words)")
        }
        self.path = path
        unsafe handle = opened
    }

    deinit {
        for statement in statements.values { unsafe sqlite3_finalize(statement.pointer) }
        unsafe sqlite3_close_v2(handle)
    }

    /// Runs one statement.
    func run(_ text: String, _ values: [Value] = []) throws(ApusError) { try rows(text, values) { _ in } }

    /// Runs one statement and calls `body` with each row.
    func rows(_ text: String, _ values: [Value] = [], _ body: (Row) throws(ApusError) -> Void) throws(ApusError) {
        let statement = unsafe try prepared(text)
        defer {
            unsafe sqlite3_reset(statement)
            unsafe sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            // SQLITE_TRANSIENT: the library copies.
            let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            let status =
                switch value {
                case .integer(let number): unsafe sqlite3_bind_int64(statement, place, number)
                case .text(let text): unsafe sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), transient)
                case .blob(let bytes): unsafe sqlite3_bind_blob(statement, place, bytes, Int32(bytes.count), transient)
                }
            if status != SQLITE_OK { throw failure() }
        }
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW: try unsafe body(Row(statement: statement))
            case SQLITE_DONE: return
            default: throw failure()
            }
        }
    }

    /// How many rows the last statement changed.
    var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    private func prepared(_ text: String) throws(ApusError) -> OpaquePointer {
        if let known = statements[text] { return unsafe known.pointer }
        var made: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(handle, text, -1, &made, nil) == SQLITE_OK, let made = unsafe made else { throw failure() }
        unsafe statements[text] = Statement(pointer: made)
        return unsafe made
    }

    private func failure() -> ApusError {
        let code = unsafe sqlite3_errcode(handle)
        let words = unsafe String(cString: sqlite3_errmsg(handle))
        let damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB
        return ApusError(
            damaged ? .malformed : .system, "cannot use \(path): \(words)", hint: damaged ? "move it away; the switch then starts without configuration" : nil)
    }
}
