"""What images are loaded from: one real image of Debian packages, in several forms, each a docker archive that is an OCI layout too."""
import hashlib
import json
import os
import subprocess

# Four layers as a Dockerfile would make them: a system, a compiler, tools, an interpreter. 600 MB in 18,000 files.
LAYERS = [
    "libc6 bash coreutils perl-base perl-modules-5.36 libperl5.36 python3.11-minimal libpython3.11-stdlib tzdata libicu72 locales openssl",
    "gcc-12 cpp-12 g++-12 libgcc-12-dev libstdc++-12-dev binutils-x86-64-linux-gnu libbinutils libc6-dev linux-libc-dev",
    "git cmake cmake-data vim vim-runtime libpython3.11 python3-pip python3-setuptools",
    "libnode108 ruby3.1 libruby3.1 sqlite3 libsqlite3-0",
]
PACKERS = {"none": (None, "tar"), "gzip": (["gzip", "-6", "-n", "-c"], "tar+gzip"), "zstd": (["zstd", "-3", "-q", "-c"], "tar+zstd")}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return "sha256:" + digest.hexdigest()


def layer_tars(work):
    """Downloads and unpacks the packages; one tar a layer, and one of all of them."""
    tars, flat = [], os.path.join(work, "flat")
    os.makedirs(flat)
    for number, packages in enumerate(LAYERS):
        debs, tree = os.path.join(work, f"debs{number}"), os.path.join(work, f"tree{number}")
        os.makedirs(debs)
        subprocess.run(["apt-get", "download", "-q", *packages.split()], cwd=debs, check=True, capture_output=True)
        for name in sorted(os.listdir(debs)):
            subprocess.run(["dpkg", "-x", os.path.join(debs, name), tree], check=True)
        tars.append(pack(tree, os.path.join(work, f"layer{number}.tar")))
        subprocess.run(["tar", "-xf", tars[-1], "-C", flat], check=True)
    return tars, pack(flat, os.path.join(work, "flat.tar"))


def pack(tree, path):
    subprocess.run(["tar", "--sort=name", "--numeric-owner", "-C", tree, "-cf", path, "."], check=True)
    return path


def compress(path, form):
    """The file packed in a form, beside it."""
    command, _ = PACKERS[form]
    if command is None:
        return path
    packed = f"{path}.{form}"
    with open(path, "rb") as source, open(packed, "wb") as target:
        subprocess.run(command, stdin=source, stdout=target, check=True)
    return packed


def blob(layout, content):
    """Puts bytes or a file into a layout; its descriptor without the media type."""
    if isinstance(content, str):
        digest, size = sha256(content), os.path.getsize(content)
        os.link(content, os.path.join(layout, "blobs/sha256", digest[7:]))
    else:
        digest, size = "sha256:" + hashlib.sha256(content).hexdigest(), len(content)
        with open(os.path.join(layout, "blobs/sha256", digest[7:]), "wb") as file:
            file.write(content)
    return {"digest": digest, "size": size}


def image(work, form, tars, name):
    """An image of these layers as a directory (an OCI layout, tag `latest`) and as the tar of it; both paths."""
    layout = os.path.join(work, f"layout-{name}")
    os.makedirs(os.path.join(layout, "blobs/sha256"))
    kind = "application/vnd.oci.image."
    config = {
        "architecture": "amd64", "os": "linux", "config": {"Cmd": ["true"], "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in tars]}, "history": [{"created_by": os.path.basename(tar)} for tar in tars],
    }
    layers = [{"mediaType": f"{kind}layer.v1.{PACKERS[form][1]}", **blob(layout, compress(tar, form))} for tar in tars]
    configuration = {"mediaType": f"{kind}config.v1+json", **blob(layout, json.dumps(config).encode())}
    manifest = {"schemaVersion": 2, "mediaType": f"{kind}manifest.v1+json", "config": configuration, "layers": layers}
    descriptor = {"mediaType": f"{kind}manifest.v1+json", **blob(layout, json.dumps(manifest).encode())}
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": "latest", "io.containerd.image.name": f"docker.io/library/{name}:latest"}
    path_of = {part["digest"]: "blobs/sha256/" + part["digest"][7:] for part in [configuration, *layers]}
    docker = [{"Config": path_of[configuration["digest"]], "RepoTags": [f"{name}:latest"], "Layers": [path_of[layer["digest"]] for layer in layers]}]
    for file, content in {
        "oci-layout": {"imageLayoutVersion": "1.0.0"}, "index.json": {"schemaVersion": 2, "manifests": [descriptor]}, "manifest.json": docker,
    }.items():
        with open(os.path.join(layout, file), "w", encoding="utf-8") as target:
            json.dump(content, target)
    archive = os.path.join(work, f"{name}.tar")
    subprocess.run(["tar", "-C", layout, "-cf", archive, "oci-layout", "index.json", "manifest.json", "blobs"], check=True)
    return layout, archive
