namespace Lepton.Orleans.Silo.Tests.Api;

/// <summary>The tests that share one server; each uses ids of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ServerCollection : ICollectionFixture<LeptonServer>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "server";
}
