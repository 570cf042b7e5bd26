using Lepton.Orleans.Client.Calls;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Client;

/// <summary>
/// A tenant of a Lepton service, for a .NET front end. One object serves all threads for as long as the process lives;
/// <see cref="LeptonClientExtensions.AddLeptonClient(Microsoft.Extensions.Hosting.IHostApplicationBuilder)"/>
/// registers it.
/// </summary>
/// <remarks>
/// While a silo is leaving, dead or restarted, the store away, or writes paused, calls are made again by themselves for up to
/// <see cref="LeptonClientOptions.Patience"/>, but only where a second time changes nothing. When that is over, a call throws what the
/// last try met with: <see cref="StoreUnavailableException"/> (the store is away), <see cref="TimeoutException"/> (no answer),
/// <see cref="WritesPausedException"/> (the tenant moves to another service), <see cref="RoleNotServedException"/> (no silo has the role),
/// <see cref="StaleActivationException"/>, <see cref="OrleansException"/> or an <see cref="OperationCanceledException"/> that nobody asked
/// for (no silo); a write may then have been kept or not, unless its documentation says more. Where a <see cref="CancellationToken"/> ends a call, only the wait ends. An id that cannot be one is
/// an <see cref="InvalidIdException"/>.
/// </remarks>
public sealed class LeptonClient
{
    /// <summary>Makes a client over any connection to the cluster, such as that of a test.</summary>
    /// <param name="grains">The connection.</param>
    /// <param name="options">Tenant and patience; how to connect is not looked at.</param>
    /// <param name="clock">What timestamps are checked against.</param>
    public LeptonClient(IGrainFactory grains, IOptions<LeptonClientOptions> options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(grains);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        var calls = new TenantCalls(grains, options.Value.Tenant, options.Value.Patience);
        Users = new LeptonUsers(calls);
        Items = new LeptonItems(calls);
        Feedback = new LeptonFeedback(calls, clock);
        Lists = new LeptonLists(calls);
    }

    /// <summary>The users' profiles.</summary>
    public LeptonUsers Users { get; }

    /// <summary>The items.</summary>
    public LeptonItems Items { get; }

    /// <summary>What users did.</summary>
    public LeptonFeedback Feedback { get; }

    /// <summary>Lists for users, for sessions and for everyone.</summary>
    public LeptonLists Lists { get; }
}
