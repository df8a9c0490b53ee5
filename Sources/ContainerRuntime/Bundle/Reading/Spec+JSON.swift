import JSONCoding
import LinuxSystem
import OCISpec

// What the specification calls required is an error where it is missing, except where its JSON schema and runc disagree with its text:
// process.user and its ids, and ioPriority.priority, are 0 then.

extension Spec {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            ociVersion: try json.requiredString("ociVersion"), process: try json.object("process", Process.init), root: try json.object("root", Root.init),
            hostname: try json.string("hostname"), domainname: try json.string("domainname"), mounts: try json.objects("mounts", Mount.init),
            hooks: try json.object("hooks", Hooks.init), annotations: try json.stringMap("annotations"), linux: try json.object("linux", Linux.init))
    }
}

extension Root {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(path: try json.requiredString("path"), readonly: try json.bool("readonly"))
    }
}

extension Mount {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            destination: try json.requiredString("destination"), type: try json.string("type"), source: try json.string("source"),
            options: try json.strings("options"), uidMappings: try json.objects("uidMappings", LinuxIDMapping.init),
            gidMappings: try json.objects("gidMappings", LinuxIDMapping.init))
    }
}

extension Hooks {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            prestart: try json.objects("prestart", Hook.init), createRuntime: try json.objects("createRuntime", Hook.init),
            createContainer: try json.objects("createContainer", Hook.init), startContainer: try json.objects("startContainer", Hook.init),
            poststart: try json.objects("poststart", Hook.init), poststop: try json.objects("poststop", Hook.init))
    }
}

extension Hook {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            path: try json.requiredString("path"), args: try json.strings("args"), env: try json.strings("env"), timeout: try json.integer("timeout"))
    }
}
