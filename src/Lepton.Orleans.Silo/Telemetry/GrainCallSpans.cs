using System.Diagnostics;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>
/// The spans of calls between grains that belong to a traced request, one on either side. Orleans' own filter makes them for every
/// call, traced or not, and names the grain, and with it a user.
/// </summary>
internal sealed class GrainCallSpans : IOutgoingGrainCallFilter, IIncomingGrainCallFilter
{
    private const string TraceParent = "traceparent";

    /// <inheritdoc />
    public Task Invoke(IOutgoingGrainCallContext context) =>
        Activity.Current is { Recorded: true } ? RunAsync(context, ActivityKind.Client, parent: default) : context.Invoke();

    /// <inheritdoc />
    public Task Invoke(IIncomingGrainCallContext context) =>
        RequestContext.Get(TraceParent) is string given && ActivityContext.TryParse(given, traceState: null, isRemote: true, out var parent)
            ? RunAsync(context, ActivityKind.Server, parent)
            : context.Invoke();

    // What an asynchronous method sets for those that it calls, its caller does not see. Without a parent, what is current is it.
    private static async Task RunAsync(IGrainCallContext context, ActivityKind kind, ActivityContext parent)
    {
        using var span = Source.Spans.StartActivity(context.Request.GetActivityName(), kind, parent);
        span?.SetTag("rpc.system", "orleans").SetTag("rpc.service", context.InterfaceName).SetTag("rpc.method", context.MethodName);
        if (kind == ActivityKind.Client && span is not null)
        {
            RequestContext.Set(TraceParent, span.Id!);
        }

        try
        {
            await context.Invoke();
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", exception.GetType().FullName);
            throw;
        }
    }
}
