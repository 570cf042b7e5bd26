namespace Lepton.Orleans.ClusterTests.Monitoring;

/// <summary>A span as a collector gets it.</summary>
/// <param name="TraceId">The trace, in hexadecimal digits.</param>
/// <param name="SpanId">The span.</param>
/// <param name="ParentId">The span above it; empty for the first.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Source">Who made it.</param>
/// <param name="Instance">The process: <c>service.instance.id</c>.</param>
internal sealed record TraceSpan(string TraceId, string SpanId, string ParentId, string Name, string Source, string Instance);
