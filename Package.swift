// swift-tools-version: 6.2
import PackageDescription

// The floors of Architecture, "Floors": every target imports only those below it.

// `tools/fuzz` alone sets it: our own modules are then instrumented, and the fuzzer becomes a target.
let isFuzzing = Context.environment["COFFER_FUZZ"] != nil
let sanitizers = ["-sanitize=fuzzer,address"]

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + (isFuzzing ? [.unsafeFlags(sanitizers + ["-O"])] : [])

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let trees = Target.Dependency.product(name: "HashTreeCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

func library(_ name: String, _ dependencies: [Target.Dependency], extra: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + extra)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "coffer",
    products: [.executable(name: "coffer", targets: ["coffer"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(
            name: "CX11", pkgConfig: "x11 xi xext xfixes xdamage xkbcommon xkbcommon-x11 x11-xcb xcb",
            providers: [.apt(["libx11-dev", "libxi-dev", "libxext-dev", "libxfixes-dev", "libxdamage-dev"])]),
        .target(name: "CLinux"),

        library("Sealing", [crypto, "CSodium", "CLinux"], extra: [.strictMemorySafety()]),
        library("Files", ["Sealing", "CLinux"]),
        library("Ledger", ["Sealing", "Files"]),
        library("Records", ["Sealing", "CLinux", "CZlib", "CZstd", "CISAL", "CPNG", "CJPEG", "CWebP"]),
        library("Rules", ["Sealing", "Ledger", trees]),
        library("Keys", ["Sealing", "Files", "Rules", crypto]),
        library("Messages", ["Sealing", "Ledger", "Rules"]),
        library("Replica", ["Sealing", "Files", "Ledger", "Rules", "Messages", grdb]),
        library("Lake", ["Sealing", "Files", crypto, nioPosix]),
        library(
            "Client",
            [
                "Sealing", "Ledger", "Rules", "Messages", "Replica", httpClient, nio, nioPosix, nioHTTP, nioSSL,
                nioCompression,
            ]),
        library("S3", ["Sealing", "Files", "Messages", "Lake", "Client", crypto]),
        library("Vault", ["Sealing", "Files", "Ledger", "Records", "Rules", crypto]),
        library(
            "Keyholder",
            [
                "Sealing", "Files", "Ledger", "Rules", "Messages", "Replica", "Lake", "Client", "S3", "Vault",
                crypto,
            ]),
        library("Broker", ["Sealing", "Files", "Ledger", "Rules", "Messages", "Replica", crypto]),
        library("Audit", ["Sealing", "Files", "Ledger", "Rules", "Messages", "Replica", "Client", crypto]),
        library("Capture", ["Sealing", "Files", "Records", "Vault"]),
        library("CaptureX11", ["Sealing", "Records", "Capture", "CX11", "CLinux"]),
        library(
            "Job",
            [
                "Sealing", "Files", "Ledger", "Records", "Rules", "Messages", "Replica", "Lake", "Client", crypto, heap,
            ]),
        library(
            "Serving",
            [
                "Sealing", "Files", "Ledger", "Messages", hummingbird, hummingbirdCore, httpTypes, nio, nioPosix,
                nioHTTP, nioHTTPTypes, nioHTTPTypesHTTP1, nioSSL, logging, lifecycle, signals,
            ]),
        library(
            "Drill",
            [
                "Sealing", "Files", "Ledger", "Records", "Rules", "Keys", "Messages", "Replica", "Lake", "Vault",
                "Broker", "Job", "CLinux", "CZstd", crypto,
            ]),
        library(
            "LedgerServer",
            [
                "Sealing", "Files", "Ledger", "Rules", "Messages", "Replica", "Client", "Serving", hummingbird,
                httpTypes, logging, lifecycle,
            ]),
        library(
            "BrokerServer",
            [
                "Sealing", "Files", "Ledger", "Rules", "Keys", "Messages", "Replica", "Client", "Broker", "Serving",
                hummingbird, logging, lifecycle,
            ]),
        library(
            "DeskServer",
            [
                "Sealing", "Files", "Ledger", "Rules", "Keys", "Messages", "Replica", "Client", "Serving",
                hummingbird, logging, lifecycle,
            ]),
        .executableTarget(
            name: "coffer",
            dependencies: [
                "Sealing", "Files", "Ledger", "Records", "Rules", "Keys", "Messages", "Replica", "Lake", "Client",
                "S3", "Vault", "Keyholder", "Audit", "Capture", "CaptureX11", "Job", "Drill", "Serving", "LedgerServer",
                "BrokerServer", "DeskServer", "CLinux", arguments, logging, lifecycle, signals, hummingbird,
            ],
            swiftSettings: settings),

        library(
            "CofferTestKit",
            [
                "Sealing", "Files", "Ledger", "Records", "Rules", "Keys", "Messages", "Replica", "Lake", "Vault",
                crypto,
            ]),
        library(
            "Simulation",
            [
                "Sealing", "Files", "Ledger", "Rules", "Messages", "Replica", "Client", "Vault", "Keyholder", "Broker",
                "Serving", "LedgerServer", "CofferTestKit", httpTypes, crypto, logging,
            ]),
        .target(name: "CSodiumMemory"),
        .executableTarget(
            name: "coffer-simulate", dependencies: ["Simulation", "CSodiumMemory", arguments],
            swiftSettings: settings),
        // Started by tools/bench; no product.
        .executableTarget(
            name: "coffer-bench",
            dependencies: [
                "Sealing", "Files", "Ledger", "Records", "Rules", "Keys", "Messages", "Replica", "Client", "Audit",
                "CofferTestKit", crypto, arguments,
            ],
            path: "Sources/Bench", swiftSettings: settings),
        tests("Tree", []),
        tests("Command", ["coffer", "Sealing"]),
        tests("Pages", ["Broker", "Messages", "Rules", "Sealing", crypto]),
        tests("Simulation", ["Simulation", "Rules", "Sealing"]),
        tests("Sealing", ["CofferTestKit", "Sealing", crypto]),
        tests("Files", ["CofferTestKit", "Files", "Sealing"]),
        tests("Ledger", ["CofferTestKit", "Files", "Ledger", "Sealing", crypto]),
        tests("Rules", ["CofferTestKit", "Rules", "Ledger", "Sealing"]),
        tests("Lake", ["Lake", "Sealing"]),
        tests("S3", ["CofferTestKit", "S3", "Client", "Lake", "Sealing"]),
        tests("Keys", ["Keys", "Sealing"]),
        tests("Messages", ["CofferTestKit", "Messages", "Rules", "Ledger", "Sealing", crypto]),
        tests("Replica", ["CofferTestKit", "Replica", "Messages", "Client", "Rules", "Ledger", "Sealing"]),
        tests(
            "Vault",
            [
                "CofferTestKit", "Keyholder", "Vault", "Records", "Files", "Lake", "S3", "Client", "Replica",
                "Messages",
                "Rules", "Ledger", "Sealing", crypto,
            ]),
        tests(
            "Broker",
            [
                "CofferTestKit", "Broker", "Client", "Replica", "Messages", "Files", "Rules", "Ledger", "Sealing",
                crypto,
            ]),
        tests("Audit", ["CofferTestKit", "Audit", "Files", "Replica", "Messages", "Rules", "Ledger", "Sealing"]),
        tests(
            "Capture",
            ["CofferTestKit", "Capture", "CaptureX11", "CX11", "Job", "Vault", "Records", "Files", "Sealing"]),
        tests(
            "Job",
            [
                "CofferTestKit", "CJPEG", "Job", "Records", "Lake", "Client", "Replica", "Messages", "Rules",
                "Ledger", "Sealing", crypto,
            ]),
        tests(
            "Drill",
            [
                "CofferTestKit", "Drill", "Vault", "Records", "Broker", "Keys", "Replica", "Rules", "Ledger",
                "Sealing",
            ]),
        tests(
            "Server",
            [
                "CofferTestKit", "Serving", "LedgerServer", "BrokerServer", "DeskServer", "Broker", "Keys", "Client",
                "Replica", "Messages", "Files", "Rules", "Ledger", "Sealing", hummingbird, httpTypes, lifecycle,
                logging, nio, nioPosix, crypto, .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests(
            "Stored",
            [
                "CofferTestKit", "BrokerServer", "DeskServer", "Keyholder", "Job", "Vault", "Broker", "Audit", "Lake",
                "Replica", "Messages", "Keys", "Records", "Rules", "Ledger", "Sealing", crypto, logging,
            ]),
    ]
)

if isFuzzing {
    package.targets += [
        .systemLibrary(name: "CFuzz", path: "tools/fuzzing/CFuzz"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "CFuzz", "CofferTestKit", "Sealing", "Ledger", "Records", "Rules", "Keys", "Messages", "Replica",
                "Client", "Audit", "Vault", "Keyholder", "Capture", crypto,
            ],
            path: "tools/fuzzing/Sources", swiftSettings: settings, linkerSettings: [.unsafeFlags(sanitizers)]),
    ]
}
