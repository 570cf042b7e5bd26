namespace Lepton.Orleans.Silo.Tests.Api;

/// <summary>A server with one key of each role.</summary>
public sealed class KeyedServer : LeptonServer
{
    protected override IEnumerable<string> Settings =>
    [
        "--Lepton:ApiKeys:0", "the-admin",
        "--Lepton:ApiKeys:1:Key", "the-writer", "--Lepton:ApiKeys:1:Role", "write",
        "--Lepton:ApiKeys:2:Key", "the-reader", "--Lepton:ApiKeys:2:Role", "read",
        "--Lepton:ApiKeys:9:Key", "the-monitor", "--Lepton:ApiKeys:9:Role", "metrics",
        "--Lepton:Api:MaxBodyBytes", "4096",
    ];
}
