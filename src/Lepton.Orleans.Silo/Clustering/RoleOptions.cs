using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Streams;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Clustering;

/// <summary>What this silo does for the cluster: <c>Lepton</c>.</summary>
public sealed class RoleOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton";

    private const string Setting = $"{Section}:{nameof(Roles)}";
    private const SiloRoles Everyday = SiloRoles.Api | SiloRoles.Users | SiloRoles.Items | SiloRoles.Recommendations;

    /// <summary>
    /// The roles of this silo, separated by commas: <c>api</c>, <c>users</c>, <c>items</c>, <c>recommendations</c>, <c>training</c>,
    /// <c>streams</c>; absent: all. What one silo leaves out another one of its cluster has to do; a silo without
    /// <c>Lepton:Consul</c> may leave out <c>training</c> (it builds no models) and <c>streams</c> (it reads no Kafka).
    /// </summary>
    public string? Roles { get; set; }

    /// <summary>The roles that a configuration gives to this silo: without Kafka there are no streams to read.</summary>
    /// <exception cref="OptionsValidationException">The setting cannot be used.</exception>
    internal static SiloRoles Read(IConfiguration configuration)
    {
        var possible = StreamExtensions.HasKafka(configuration) ? SiloRoles.All : SiloRoles.All & ~SiloRoles.Streams;
        if (configuration[Setting] is not { } text)
        {
            return possible;
        }

        var roles = RoleNames.Parse(text, out var unknown);
        if (unknown is not null || roles == SiloRoles.None)
        {
            throw Invalid(text, $"{(unknown is null ? "it names no role" : $"'{unknown}' is no role")}; name some of {string.Join(", ", RoleNames.All)}, separated by commas, or leave it out for all.");
        }

        if (configuration[ClusterExtensions.ConsulKey] is null && (Everyday & ~roles) is not SiloRoles.None and var missing)
        {
            throw Invalid(text, $"a silo on its own has to be {string.Join(", ", RoleNames.Of(missing))} as well; name these too, leave it out for all, or set Lepton:Consul to run several silos.");
        }

        return (roles & possible) is not SiloRoles.None and var left
            ? left
            : throw Invalid(text, "there is no Kafka to read; set Lepton:Kafka, or name another role.");
    }

    private static OptionsValidationException Invalid(string text, string why) => new(Setting, typeof(RoleOptions), [$"{Setting} is '{text}': {why}"]);
}
