using System.Diagnostics.CodeAnalysis;
using Orleans.Configuration;

namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>
/// Where a cluster's membership lies in Consul, as the official Orleans provider lays it out:
/// <c>[root/]orleans/CLUSTER/version</c>, <c>…/SILO</c> and <c>…/SILO/iamalive</c>.
/// </summary>
internal sealed class MembershipKeys
{
    private const string AliveSuffix = "/iamalive";

    public MembershipKeys(string? rootFolder, string clusterId)
    {
        if (clusterId is "" or "." or ".." || clusterId.StartsWith('/') || clusterId.EndsWith('/'))
        {
            throw new ArgumentException($"{nameof(ClusterOptions)}.{nameof(ClusterOptions.ClusterId)} is '{clusterId}', which cannot be a folder of Consul's keys.", nameof(clusterId));
        }

        // With the slash at its end, or the cluster `a` would find the keys of `ab`.
        Prefix = $"{(string.IsNullOrEmpty(rootFolder) ? "" : rootFolder + "/")}orleans/{clusterId}/";
        Version = Prefix + "version";
    }

    /// <summary>What all of the cluster's keys begin with, and perhaps those of another whose id goes on with a slash.</summary>
    public string Prefix { get; }

    /// <summary>The table's version.</summary>
    public string Version { get; }

    /// <summary>A silo's row.</summary>
    public string Row(SiloAddress silo) => Prefix + silo.ToParsableString();

    /// <summary>The time a silo has last said that it is alive, apart from its row so that saying so does not move the row's index.</summary>
    public string Alive(SiloAddress silo) => Row(silo) + AliveSuffix;

    /// <summary>Whether a key below <see cref="Prefix"/> is the place of a row, whatever its name.</summary>
    public bool IsRow(string key) => key.Length > Prefix.Length && key != Version && !key.AsSpan(Prefix.Length).Contains('/');

    /// <summary>The silo whose row is at a key.</summary>
    /// <exception cref="ConsulException">No silo has such a name.</exception>
    public SiloAddress SiloOfRow(string key) =>
        TrySilo(key[Prefix.Length..], out var silo) ? silo : throw new ConsulException($"The key '{key}' in Consul is not the row of a silo; delete it, or choose another cluster id.");

    /// <summary>Whether a key below <see cref="Prefix"/> tells when a silo was alive.</summary>
    public bool IsAlive(string key, [NotNullWhen(true)] out SiloAddress? silo)
    {
        silo = null;
        return key.EndsWith(AliveSuffix, StringComparison.Ordinal) && key.Length > Prefix.Length + AliveSuffix.Length && TrySilo(key[Prefix.Length..^AliveSuffix.Length], out silo);
    }

    private static bool TrySilo(string text, [NotNullWhen(true)] out SiloAddress? silo)
    {
        try
        {
            // Read and written again it is the same, or it is another's key.
            silo = SiloAddress.FromParsableString(text);
            return silo.ToParsableString() == text;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            silo = null;
            return false;
        }
    }
}
