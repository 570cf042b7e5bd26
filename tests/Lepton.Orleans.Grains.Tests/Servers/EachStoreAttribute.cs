using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Lepton.Orleans.Grains.Tests.Servers;

/// <summary>Runs a theory over every kind of server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EachStoreAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new(Enum.GetValues<StoreKind>().Select(kind => (ITheoryDataRow)new TheoryDataRow<StoreKind>(kind)).ToArray());

    public override bool SupportsDiscoveryEnumeration() => true;
}
