namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>How metrics are told. Each way keeps sums of its own, so what is told by both is paid for twice.</summary>
public enum MetricsExport
{
    /// <summary>Nothing is measured.</summary>
    None,

    /// <summary>Prometheus reads them.</summary>
    Scraped,

    /// <summary>They are sent by OTLP.</summary>
    Sent,

    /// <summary>Both.</summary>
    Both,
}
