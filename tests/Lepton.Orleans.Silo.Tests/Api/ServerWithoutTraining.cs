namespace Lepton.Orleans.Silo.Tests.Api;

/// <summary>A server that never builds a model.</summary>
public sealed class ServerWithoutTraining : LeptonServer
{
    protected override IEnumerable<string> Settings => ["--Lepton:Roles", "api,users,items,recommendations"];
}
