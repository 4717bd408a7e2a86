"""The bodies of Engine API 1.51 requests: fields and types of moby's ``api/types`` (container, network, volume).

Data only. Adding a field is one line here.
"""

from __future__ import annotations

from dnetlab.embedded.api.shapes import Shape, map_of, slice_of, struct

ENDPOINT_IPAM = struct(
    "network.EndpointIPAMConfig",
    {"IPv4Address": "string", "IPv6Address": "string", "LinkLocalIPs": "[]string"},
)

ENDPOINT = struct(
    "network.EndpointSettings",
    {
        "IPAMConfig": ENDPOINT_IPAM,
        "Links": "[]string",
        "Aliases": "[]string",
        "MacAddress": "string",
        "DriverOpts": "map[string]string",
        "GwPriority": "int",
        "NetworkID": "string",
        "EndpointID": "string",
        "Gateway": "string",
        "IPAddress": "string",
        "IPPrefixLen": "int",
        "IPv6Gateway": "string",
        "GlobalIPv6Address": "string",
        "GlobalIPv6PrefixLen": "int",
        "DNSNames": "[]string",
    },
)

IPAM = struct(
    "network.IPAM",
    {
        "Driver": "string",
        "Options": "map[string]string",
        "Config": slice_of(
            struct(
                "network.IPAMConfig",
                {
                    "Subnet": "string",
                    "IPRange": "string",
                    "Gateway": "string",
                    "AuxiliaryAddresses": "map[string]string",
                },
            )
        ),
    },
)

NETWORK_CREATE = struct(
    "network.CreateRequest",
    {
        "Name": "string",
        "CheckDuplicate": "*bool",
        "Driver": "string",
        "Scope": "string",
        "EnableIPv4": "*bool",
        "EnableIPv6": "*bool",
        "IPAM": IPAM,
        "Internal": "bool",
        "Attachable": "bool",
        "Ingress": "bool",
        "ConfigOnly": "bool",
        "ConfigFrom": struct("network.ConfigReference", {"Network": "string"}),
        "Options": "map[string]string",
        "Labels": "map[string]string",
    },
)

NETWORK_CONNECT = struct("network.ConnectOptions", {"Container": "string", "EndpointConfig": ENDPOINT})
NETWORK_DISCONNECT = struct("network.DisconnectOptions", {"Container": "string", "Force": "bool"})

HEALTHCHECK = struct(
    "v1.HealthcheckConfig",
    {
        "Test": "[]string",
        "Interval": "int64",
        "Timeout": "int64",
        "StartPeriod": "int64",
        "StartInterval": "int64",
        "Retries": "int",
    },
)

_EMPTY = struct("struct {}", {})

CONFIG: dict[str, Shape | str] = {
    "Hostname": "string",
    "Domainname": "string",
    "User": "string",
    "AttachStdin": "bool",
    "AttachStdout": "bool",
    "AttachStderr": "bool",
    "ExposedPorts": map_of(_EMPTY, "nat.PortSet"),
    "Tty": "bool",
    "OpenStdin": "bool",
    "StdinOnce": "bool",
    "Env": "[]string",
    "Cmd": "strslice",
    "Healthcheck": HEALTHCHECK,
    "ArgsEscaped": "bool",
    "Image": "string",
    "Volumes": map_of(_EMPTY),
    "WorkingDir": "string",
    "Entrypoint": "strslice",
    "NetworkDisabled": "bool",
    "MacAddress": "string",
    "OnBuild": "[]string",
    "Labels": "map[string]string",
    "StopSignal": "string",
    "StopTimeout": "*int",
    "Shell": "strslice",
}

RESTART_POLICY = struct(
    "container.RestartPolicy", {"Name": "container.RestartPolicyMode", "MaximumRetryCount": "int"}
)

_THROTTLE = slice_of(struct("blkiodev.ThrottleDevice", {"Path": "string", "Rate": "uint64"}), "*")

RESOURCES: dict[str, Shape | str] = {
    "CpuShares": "int64",
    "Memory": "int64",
    "NanoCpus": "int64",
    "CgroupParent": "string",
    "BlkioWeight": "uint16",
    "BlkioWeightDevice": slice_of(
        struct("blkiodev.WeightDevice", {"Path": "string", "Weight": "uint16"}), "*"
    ),
    "BlkioDeviceReadBps": _THROTTLE,
    "BlkioDeviceWriteBps": _THROTTLE,
    "BlkioDeviceReadIOps": _THROTTLE,
    "BlkioDeviceWriteIOps": _THROTTLE,
    "CpuPeriod": "int64",
    "CpuQuota": "int64",
    "CpuRealtimePeriod": "int64",
    "CpuRealtimeRuntime": "int64",
    "CpusetCpus": "string",
    "CpusetMems": "string",
    "Devices": slice_of(
        struct(
            "container.DeviceMapping",
            {"PathOnHost": "string", "PathInContainer": "string", "CgroupPermissions": "string"},
        )
    ),
    "DeviceCgroupRules": "[]string",
    "DeviceRequests": slice_of(
        struct(
            "container.DeviceRequest",
            {
                "Driver": "string",
                "Count": "int",
                "DeviceIDs": "[]string",
                "Capabilities": "[][]string",
                "Options": "map[string]string",
            },
        )
    ),
    "KernelMemory": "int64",
    "KernelMemoryTCP": "int64",
    "MemoryReservation": "int64",
    "MemorySwap": "int64",
    "MemorySwappiness": "*int64",
    "OomKillDisable": "*bool",
    "PidsLimit": "*int64",
    "Ulimits": slice_of(struct("units.Ulimit", {"Name": "string", "Hard": "int64", "Soft": "int64"}), "*"),
    "CpuCount": "int64",
    "CpuPercent": "int64",
    "IOMaximumIOps": "uint64",
    "IOMaximumBandwidth": "uint64",
}

_PORT_BINDINGS = slice_of(struct("nat.PortBinding", {"HostIp": "string", "HostPort": "string"}))

MOUNT = struct(
    "mount.Mount",
    {
        "Type": "mount.Type",
        "Source": "string",
        "Target": "string",
        "ReadOnly": "bool",
        "Consistency": "mount.Consistency",
        "BindOptions": struct(
            "mount.BindOptions",
            {
                "Propagation": "mount.Propagation",
                "NonRecursive": "bool",
                "CreateMountpoint": "bool",
                "ReadOnlyNonRecursive": "bool",
                "ReadOnlyForceRecursive": "bool",
            },
        ),
        "VolumeOptions": struct(
            "mount.VolumeOptions",
            {
                "NoCopy": "bool",
                "Labels": "map[string]string",
                "Subpath": "string",
                "DriverConfig": struct("mount.Driver", {"Name": "string", "Options": "map[string]string"}),
            },
        ),
        "ImageOptions": struct("mount.ImageOptions", {"Subpath": "string"}),
        "TmpfsOptions": struct(
            "mount.TmpfsOptions", {"SizeBytes": "int64", "Mode": "uint32", "Options": "[][]string"}
        ),
    },
)

HOST_CONFIG = struct(
    "container.HostConfig",
    {
        "Binds": "[]string",
        "ContainerIDFile": "string",
        "LogConfig": struct("container.LogConfig", {"Type": "string", "Config": "map[string]string"}),
        "NetworkMode": "container.NetworkMode",
        "PortBindings": map_of(_PORT_BINDINGS, "nat.PortMap"),
        "RestartPolicy": RESTART_POLICY,
        "AutoRemove": "bool",
        "VolumeDriver": "string",
        "VolumesFrom": "[]string",
        "ConsoleSize": "[2]uint",
        "Annotations": "map[string]string",
        "CapAdd": "strslice",
        "CapDrop": "strslice",
        "CgroupnsMode": "container.CgroupnsMode",
        "Dns": "[]string",
        "DnsOptions": "[]string",
        "DnsSearch": "[]string",
        "ExtraHosts": "[]string",
        "GroupAdd": "[]string",
        "IpcMode": "container.IpcMode",
        "Cgroup": "container.CgroupSpec",
        "Links": "[]string",
        "OomScoreAdj": "int",
        "PidMode": "container.PidMode",
        "Privileged": "bool",
        "PublishAllPorts": "bool",
        "ReadonlyRootfs": "bool",
        "SecurityOpt": "[]string",
        "StorageOpt": "map[string]string",
        "Tmpfs": "map[string]string",
        "UTSMode": "container.UTSMode",
        "UsernsMode": "container.UsernsMode",
        "ShmSize": "int64",
        "Sysctls": "map[string]string",
        "Runtime": "string",
        "Isolation": "container.Isolation",
        "Mounts": slice_of(MOUNT),
        "MaskedPaths": "[]string",
        "ReadonlyPaths": "[]string",
        "Init": "*bool",
        **RESOURCES,
    },
)

# The engine reads this body through an interface, so its messages name the field but not the struct.
CONTAINER_CREATE = struct(
    "container.CreateRequest",
    {
        **CONFIG,
        "HostConfig": HOST_CONFIG,
        "NetworkingConfig": struct(
            "network.NetworkingConfig",
            {"EndpointsConfig": map_of(ENDPOINT, "map[string]*network.EndpointSettings")},
        ),
    },
    name="",
)

CONTAINER_UPDATE = struct("container.UpdateConfig", {**RESOURCES, "RestartPolicy": RESTART_POLICY})

EXEC_CREATE = struct(
    "container.ExecOptions",
    {
        "User": "string",
        "Privileged": "bool",
        "Tty": "bool",
        "ConsoleSize": "[2]uint",
        "AttachStdin": "bool",
        "AttachStderr": "bool",
        "AttachStdout": "bool",
        "DetachKeys": "string",
        "Env": "[]string",
        "WorkingDir": "string",
        "Cmd": "[]string",
        "Detach": "bool",
    },
)

EXEC_START = struct("container.ExecStartOptions", {"Detach": "bool", "Tty": "bool", "ConsoleSize": "[2]uint"})

VOLUME_CREATE = struct(
    "volume.CreateOptions",
    {
        # Swarm's: read as far as its own fields go, and then refused.
        "ClusterVolumeSpec": struct("volume.ClusterVolumeSpec", {"Group": "string"}),
        "Driver": "string",
        "DriverOpts": "map[string]string",
        "Labels": "map[string]string",
        "Name": "string",
    },
)
