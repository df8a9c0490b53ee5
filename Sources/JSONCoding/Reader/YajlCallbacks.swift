import CYajl

/// The builder behind yajl's context pointer, which `JSONTapeBuilder.parse` keeps alive.
private func builder(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<JSONTapeBuilder> {
    unsafe context!.assumingMemoryBound(to: JSONTapeBuilder.self)
}

/// The functions that yajl calls for each event; one that answers 0 stops the parser.
var yajlCallbacks: yajl_callbacks {
    unsafe yajl_callbacks(
        yajl_null: { unsafe builder($0).pointee.add(.null) ? 1 : 0 },
        yajl_boolean: { unsafe builder($0).pointee.add($1 != 0 ? .yes : .no) ? 1 : 0 },
        yajl_integer: nil,
        yajl_double: nil,
        yajl_number: { context, text, count in
            unsafe builder(context).pointee.addText(.number, UnsafeRawPointer(text)?.assumingMemoryBound(to: UInt8.self), count) ? 1 : 0
        },
        yajl_string: { unsafe builder($0).pointee.addText(.string, $1, $2) ? 1 : 0 },
        yajl_start_map: { unsafe builder($0).pointee.begin(.object) ? 1 : 0 },
        yajl_map_key: { unsafe builder($0).pointee.addText(.string, $1, $2, isName: true) ? 1 : 0 },
        yajl_end_map: { unsafe builder($0).pointee.end() ? 1 : 0 },
        yajl_start_array: { unsafe builder($0).pointee.begin(.array) ? 1 : 0 },
        yajl_end_array: { unsafe builder($0).pointee.end() ? 1 : 0 })
}
