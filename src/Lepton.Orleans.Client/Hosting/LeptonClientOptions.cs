namespace Lepton.Orleans.Client;

/// <summary>How a client reaches a Lepton service: <c>Lepton:Client</c>. Consul and the cluster's name are set as for a silo.</summary>
public sealed class LeptonClientOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Client";

    /// <summary>Whose users and items are spoken of.</summary>
    public string Tenant { get; set; } = LeptonKey.DefaultTenant;

    /// <summary>
    /// Gateways of silos, each <c>host:port</c> (<c>Orleans:Endpoints:GatewayPort</c> of the silo); a name may stand for several
    /// addresses and is looked up again and again. Without any, and without <c>Lepton:Consul</c>: the silo on this machine.
    /// </summary>
    public IList<string> Gateways { get; } = [];

    /// <summary>How long one try of a call waits for its answer; an erasure is the longest of them.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For how long a call is made again where that is safe: users of a silo that was killed are served by others after 3 to 9
    /// seconds. Zero: never.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(15);
}
