import Engine
import Glibc
import LinuxSystem
import Testing

/// `apus run` on images of several forms: archives by path, compressed ones, layers with whiteouts, the config's settings.
@Suite struct ImageTests {
    @Test(arguments: ["gzip", "zstd", "xz", "bzip2", "cat"]) func anArchiveByItsPath(_ program: String) throws {
        try Apus.with(image: false) { apus throws in
            let archive = "\(apus.scratch)/files/image"  // told by content, not by name
            try apus.host("/bin/sh", "-ec", "\(program) <'\(BusyboxImage.archive)' >'\(archive)'")
            #expect(try apus.run("run", "--rm", archive, "echo", "ok") == Outcome(output: "ok\n", code: 0))
            #expect(try apus.run(["run", "--rm", "./image", "echo", "again"], directory: "\(apus.scratch)/files") == Outcome(output: "again\n", code: 0))
        }
    }

    @Test func aRootFilesystemWithoutAConfig() throws {
        try Apus.with(image: false) { apus throws in
            let image = try apus.rootfs("plain", "echo hello >etc/greeting")
            #expect(try apus.output("run", "--rm", image, "cat", "/etc/greeting") == "hello")
            try apus.refuses("no command specified; the image \(image) names none: give one after it", "run", "--rm", image)
        }
    }

    /// Three layers over the busybox one: the second deletes and hides what the first made, the third makes some of it again.
    private static func layered(_ apus: Apus) throws -> String {
        let archive = "\(apus.scratch)/files/layered.tar"
        let script = """
            import tarfile, io, json, hashlib
            def layer(members):
                out = io.BytesIO(); t = tarfile.open(fileobj=out, mode='w')
                for name, content in members:
                    i = tarfile.TarInfo(name)
                    if content is None: i.type = tarfile.DIRTYPE; i.mode = 0o755
                    elif content[:1] == '>': i.type = tarfile.LNKTYPE; i.linkname = content[1:]
                    else: i.size = len(content); i.mode = 0o640; i.uid = 7; i.gid = 8
                    t.addfile(i, io.BytesIO((content or '').encode()))
                t.close(); return out.getvalue()
            base = tarfile.open('\(BusyboxImage.archive)')
            manifest = json.load(base.extractfile('manifest.json'))[0]
            layers = [base.extractfile(manifest['Layers'][0]).read(),
                layer([('d', None), ('d/gone', 'x'), ('d/stays', 'one'), ('o', None), ('o/hidden', 'x'), ('o/sub', None), ('o/sub/deep', 'x'), ('f', 'old')]),
                layer([('d/.wh.gone', ''), ('o', None), ('o/.wh..wh..opq', ''), ('o/new', 'two'), ('.wh.f', '')]),
                layer([('f', None), ('f/now', 'three'), ('h', '>d/stays'), ('etc', None)])]
            config = json.load(base.extractfile(manifest['Config']))
            config['rootfs']['diff_ids'] = ['sha256:' + hashlib.sha256(l).hexdigest() for l in layers]
            config['config'].update({'User': 'user', 'WorkingDir': '/d', 'Entrypoint': ['sh', '-c'], 'Cmd': ['echo $GREETING from $(pwd) as $(id -u)'],
                'Env': config['config']['Env'] + ['GREETING=hello'], 'Labels': {'a': 'b'}, 'Volumes': {'/vol': {}}, 'StopSignal': 'SIGINT'})
            out = tarfile.open('\(archive)', 'w')
            def put(name, data):
                i = tarfile.TarInfo(name); i.size = len(data); out.addfile(i, io.BytesIO(data))
            c = json.dumps(config).encode()
            name = hashlib.sha256(c).hexdigest() + '.json'
            put(name, c)
            for n, l in enumerate(layers): put('%d/layer.tar' % n, l)
            put('manifest.json', json.dumps([{'Config': name, 'RepoTags': ['layered:1'], 'Layers': ['%d/layer.tar' % n for n in range(4)]}]).encode())
            out.close()
            """
        try apus.host("python3", "-c", script)
        return archive
    }

    @Test func layersAndConfig() throws {
        try Apus.with { apus throws in
            try apus.output("load", "-q", "-i", Self.layered(apus))
            #expect(try apus.output("run", "--rm", "layered:1") == "hello from /d as 1000")
            #expect(try apus.output("run", "--rm", "layered:1", "echo other command") == "other command")
            let files = try apus.output(
                "run", "--rm", "-u", "0", "layered:1", "cd /; find d o f h vol | sort; cat d/stays o/new f/now h; stat -c '%a %u:%g %h' d/stays")
            #expect(files == "d\nd/stays\nf\nf/now\nh\no\no/new\nvol\nonetwothreeone640 7:8 2", "\(files)")
            let written = try apus.output("run", "--rm", "-u", "0", "layered:1", "cd /; rm -r o; mkdir o; ls -A o; echo x >>d/stays; cat d/stays; mv d e; ls e")
            #expect(written == "onex\nstays", "\(written)")
            #expect(try listDirectory("\(apus.root)/volumes") == [])
        }
    }

    @Test func anInterruptedLoadLeavesNothing() throws {
        try Apus.with(image: false) { apus in
            _ = try apus.file("big", String(repeating: "some text\n", count: 300_000))
            try apus.host("tar", "-cf", "big.tar", "big")
            let tar = String(decoding: try readFile("\(apus.scratch)/files/big.tar"), as: UTF8.self)
            for signal in [SIGINT, SIGTERM] {
                let load = try apus.start("load", input: .pipe)
                try load.write(String(tar.prefix(2_000_000)))
                #expect(try eventually { try !listDirectory("\(apus.paths.root)/tmp").isEmpty })
                load.send(signal)
                usleep(isSlow ? 1_000_000 : 200_000)
                load.closeInput()
                let outcome = try load.wait()
                #expect(outcome.code == 128 + signal && outcome.errorOutput == "apus: cannot load stdin: interrupted\n", "\(outcome)")
                #expect(try listDirectory("\(apus.paths.root)/tmp").isEmpty)
                #expect(try apus.output("images", "-q") == "")
            }
        }
    }

    /// One that waits for a source that says nothing ends all the same.
    @Test func aWaitingLoadIsInterrupted() throws {
        try Apus.with(image: false) { apus in
            let load = try apus.start("load", input: .pipe)
            #expect(try eventually { try !listDirectory("\(apus.paths.root)/tmp").isEmpty })
            load.send(SIGINT)
            #expect(try load.wait(timeout: 20).code == 130)
            try apus.output("system", "prune", "-f")
            #expect(try listDirectory("\(apus.paths.root)/tmp").isEmpty)
        }
    }
}
