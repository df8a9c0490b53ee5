import Testing

/// The files of `examples/kubernetes` are at least of the syntax that they are named for.
@Suite struct KubernetesExampleTests {
    @Test(arguments: ["runtimeclass.yaml", "pod.yaml"]) func manifests(_ file: String) throws {
        let script =
            "import sys, yaml; document = yaml.safe_load(open(sys.argv[1])); print(document['apiVersion'], document['kind'], document['metadata']['name'])"
        let said = try execute(["/usr/bin/python3", "-c", script, "examples/kubernetes/\(file)"])
        #expect(said == (file == "pod.yaml" ? "v1 Pod shop" : "node.k8s.io/v1 RuntimeClass apus"))
    }

    @Test func configurations() throws {
        let script = "import sys, tomllib; document = tomllib.load(open(sys.argv[1], 'rb')); print(eval(sys.argv[2], {'document': document}))"
        let crio = ["examples/kubernetes/crio.conf", "document['crio']['runtime']['runtimes']['apus']['runtime_path']"]
        #expect(try execute(["/usr/bin/python3", "-c", script] + crio) == "/usr/local/bin/apus-runtime")
        let containerd = [
            "examples/containerd/config.toml",
            "document['plugins']['io.containerd.grpc.v1.cri']['containerd']['runtimes']['apus']['options']['BinaryName']",
        ]
        #expect(try execute(["/usr/bin/python3", "-c", script] + containerd) == "/usr/local/bin/apus-runtime")
    }
}
