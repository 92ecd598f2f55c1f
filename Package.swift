// swift-tools-version: 6.2
import PackageDescription

// The house of DESIGN §11: every target imports only those below it.

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
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

func library(_ name: String, _ dependencies: [Target.Dependency], extra: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + extra)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies + ["CofferTestKit"], swiftSettings: settings)
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
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CX11", pkgConfig: "x11 xi xext xfixes xdamage xkbcommon xkbcommon-x11 x11-xcb xcb",
            providers: [.apt(["libx11-dev", "libxi-dev", "libxext-dev", "libxfixes-dev", "libxdamage-dev"])]),
        .target(name: "CLinux"),

        library("Sealing", [crypto, "CSodium", "CLinux"], extra: [.strictMemorySafety()]),
        library("Ledger", ["Sealing", crypto]),
        library("Rules", ["Sealing", "Ledger", crypto, trees]),
        library("Lake", ["Sealing"]),
        library(
            "Client",
            ["Sealing", "Ledger", "Rules", grdb, httpClient, nio, nioPosix, nioHTTP, nioSSL, crypto, logging]),
        library("Vault", ["Sealing", "Ledger", "Rules", "Lake", "Client", "CLinux", "CZstd", "CPNG", crypto, logging]),
        library("Broker", ["Sealing", "Ledger", "Rules", "Client", crypto, logging]),
        library("Audit", ["Sealing", "Ledger", "Rules", "Client"]),
        library("Capture", ["Sealing", "Lake", "Vault", "CZstd", "CLinux", crypto, logging]),
        library("CaptureX11", ["Sealing", "Vault", "Capture", "CX11", logging]),
        library("Job", ["Sealing", "Ledger", "Rules", "Client", "Lake", "Vault", "CZstd", "CPNG", crypto, logging]),
        library(
            "Serving",
            [
                "Sealing", "Ledger", hummingbird, hummingbirdCore, httpTypes, nio, nioPosix, nioHTTPTypes, nioSSL,
                logging,
                lifecycle, signals,
            ]),
        library(
            "Drill",
            [
                "Sealing", "Ledger", "Rules", "Client", "Lake", "Vault", "Broker", "Job", "CLinux", "CZstd", crypto,
            ]),
        library("LedgerServer", ["Sealing", "Ledger", "Rules", "Client", "Serving", hummingbird, logging, lifecycle]),
        library(
            "BrokerServer",
            ["Sealing", "Ledger", "Rules", "Client", "Broker", "Serving", hummingbird, logging, lifecycle]),
        library("DeskServer", ["Sealing", "Ledger", "Rules", "Client", "Serving", hummingbird, logging, lifecycle]),
        .executableTarget(
            name: "coffer",
            dependencies: [
                "Sealing", "Ledger", "Rules", "Lake", "Client", "Vault", "Broker", "Audit", "Capture", "CaptureX11",
                "Job", "Drill", "Serving", "LedgerServer", "BrokerServer", "DeskServer", "CLinux", crypto, arguments,
                logging, lifecycle, signals, hummingbird,
            ],
            swiftSettings: settings),

        library("CofferTestKit", ["Sealing", "Ledger", "Rules", crypto]),
        library(
            "Simulation",
            [
                "Sealing", "Ledger", "Rules", "Client", "Broker", "Serving", "LedgerServer", "CofferTestKit", crypto,
                hummingbird, logging,
            ]),
        .target(name: "CSodiumMemory"),
        .executableTarget(
            name: "coffer-simulate", dependencies: ["Simulation", "CSodiumMemory", arguments],
            swiftSettings: settings),
        // Started by tools/bench; no product.
        .executableTarget(
            name: "coffer-bench",
            dependencies: ["Sealing", "Ledger", "Rules", "Client", "Audit", "CofferTestKit", crypto, arguments],
            path: "Sources/Bench", swiftSettings: settings),
        tests("Tree", []),
        tests("Simulation", ["Simulation", "Rules"]),
        tests("Sealing", ["Sealing", crypto]),
        tests("Ledger", ["Ledger", "Sealing", crypto]),
        tests("Rules", ["Rules", "Ledger", "Sealing"]),
        tests("Lake", ["Lake", "Sealing"]),
        tests("Client", ["Client", "Rules", "Ledger", "Sealing"]),
        tests("Vault", ["Vault", "Lake", "Client", "Rules", "Ledger", "Sealing", crypto]),
        tests("Broker", ["Broker", "Client", "Rules", "Ledger", "Sealing", crypto]),
        tests("Audit", ["Audit", "Client", "Rules", "Ledger", "Sealing"]),
        tests("Capture", ["Capture", "CaptureX11", "Vault", "Lake", "Sealing"]),
        tests("Job", ["Job", "Vault", "Lake", "Client", "Rules", "Ledger", "Sealing", crypto]),
        tests("Drill", ["Drill", "Vault", "Lake", "Broker", "Client", "Rules", "Ledger", "Sealing", crypto]),
        tests(
            "Server",
            [
                "Serving", "LedgerServer", "BrokerServer", "DeskServer", "Broker", "Client", "Rules", "Ledger",
                "Sealing", hummingbird, lifecycle, logging, nio, nioPosix,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
    ]
)

if isFuzzing {
    package.targets += [
        .systemLibrary(name: "CFuzz", path: "tools/fuzzing/CFuzz"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "CFuzz", "CofferTestKit", "Sealing", "Ledger", "Rules", "Client", "Audit", "Vault", "Capture", crypto,
            ],
            path: "tools/fuzzing/Sources", swiftSettings: settings, linkerSettings: [.unsafeFlags(sanitizers)]),
    ]
}
