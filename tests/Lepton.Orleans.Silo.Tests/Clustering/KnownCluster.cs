using System.Reflection;
using System.Runtime.CompilerServices;
using Lepton.Orleans.Grains.Roles;

namespace Lepton.Orleans.Silo.Tests.Clustering;

/// <summary>Silos of which a test says which are active; the first is the one that asks.</summary>
internal sealed class KnownCluster
{
    /// <summary>The active silos.</summary>
    public required IReadOnlyList<SiloAddress> Silos { get; set; }

    /// <summary>Who is to be told of changes.</summary>
    public ISiloStatusListener? Listener { get; private set; }

    /// <summary>All silos with all roles.</summary>
    public RoleMap Map() => new(new HostedRoles(SiloRoles.All), Of<ILocalSiloDetails>(), Of<ISiloStatusOracle>());

    /// <summary>One of the runtime's services, with no more of it than is asked for.</summary>
    public T Of<T>()
        where T : class
    {
        var service = DispatchProxy.Create<T, Service>();
        ((Service)(object)service).Cluster = this;
        return service;
    }

    private static async IAsyncEnumerable<ClusterMembershipSnapshot> Updates([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        yield break;
    }

#pragma warning disable CA1852 // derived from at run time
    private class Service : DispatchProxy
#pragma warning restore CA1852
    {
        public KnownCluster Cluster { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "get_SiloAddress" => Cluster.Silos[0],
            "GetApproximateSiloStatuses" => Cluster.Silos.ToDictionary(silo => silo, _ => SiloStatus.Active),
            "get_MembershipUpdates" => Updates(),
            "SubscribeToSiloStatusEvents" => Listen((ISiloStatusListener)args![0]!),
            _ => throw new NotSupportedException(targetMethod.Name),
        };

        private bool Listen(ISiloStatusListener listener)
        {
            Cluster.Listener = listener;
            return true;
        }
    }
}
