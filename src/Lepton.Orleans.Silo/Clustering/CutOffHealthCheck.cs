using System.Net.Sockets;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Clustering;

/// <summary>
/// Whether this silo is cut off from its cluster: a read of the membership is overdue, and no machine of another silo answers.
/// Others will have declared it dead, or soon will; it cannot know, and what it lists may be old. Consul alone being away is
/// no reason, and a silo without others cannot be cut off from them.
/// </summary>
internal sealed class CutOffHealthCheck(ConsulReads reads, RoleMap map) : IHealthCheck
{
    // A read begins every ten seconds.
    private static readonly TimeSpan Overdue = ClusterExtensions.TableRefresh + TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (reads.SinceLast is not { } since || since < Overdue)
        {
            return HealthCheckResult.Healthy();
        }

        var others = map.Layout().Select(member => member.Silo).Where(silo => !silo.Equals(map.LocalSilo)).ToList();
        return others.Count == 0 || await AnyAsync(others, cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("Neither Consul nor any other silo can be reached.");
    }

    private static async Task<bool> AnyAsync(IReadOnlyList<SiloAddress> silos, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(MaxWait);
        var asked = silos.Select(silo => AnswersAsync(silo, ended.Token)).ToList();
        var any = false;
        await foreach (var answer in Task.WhenEach(asked))
        {
            any |= await answer;
            if (any)
            {
                await ended.CancelAsync();
            }
        }

        return any;
    }

    // A port that is closed is an answer as well: that silo is gone, and its machine is not.
    private static async Task<bool> AnswersAsync(SiloAddress silo, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(silo.Endpoint, cancellationToken);
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
