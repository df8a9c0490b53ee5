import JSONCoding
import OCISpec

extension State {
    /// What hooks read, member by member as in `writeJSON`.
    var json: JSONMembers {
        var json = JSONMembers()
        json.add("ociVersion", ociVersion)
        json.add("id", id)
        json.add("status", status)
        json.add("pid", pid)
        json.add("bundle", bundle)
        json.add("annotations", annotations)
        return json
    }
}
