using NetArchTest.Rules;

namespace Lepton.Orleans.Client.Tests;

public sealed class LayerTests
{
    [Fact]
    public void A_client_knows_contracts_and_clustering_only()
    {
        var client = typeof(LeptonClient).Assembly;
        Assert.Equal(
            ["Lepton.Orleans.Abstractions", "Lepton.Orleans.Clustering.Consul"],
            client.GetReferencedAssemblies().Select(reference => reference.Name!).Where(name => name.StartsWith("Lepton.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var result = Types.InAssembly(client).ShouldNot()
            .HaveDependencyOnAny("Lepton.Orleans.Grains", "Lepton.Orleans.Engine", "Lepton.Orleans.Silo", "StackExchange.Redis", "Microsoft.AspNetCore").GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }
}
