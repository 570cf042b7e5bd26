using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>Checks <c>Lepton:Telemetry</c> at start-up.</summary>
internal sealed class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>
{
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        if (!string.IsNullOrEmpty(options.OtlpEndpoint)
            && !(Uri.TryCreate(options.OtlpEndpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"))
        {
            return ValidateOptionsResult.Fail(
                $"{TelemetryOptions.Section}:OtlpEndpoint is '{options.OtlpEndpoint}'; set it to an address such as http://collector:4317.");
        }

        if (options.OtlpProtocol is not (TelemetryExtensions.Grpc or TelemetryExtensions.Http))
        {
            return ValidateOptionsResult.Fail(
                $"{TelemetryOptions.Section}:OtlpProtocol is '{options.OtlpProtocol}'; set it to {TelemetryExtensions.Grpc} or {TelemetryExtensions.Http}.");
        }

        if (!Enum.IsDefined(options.Metrics))
        {
            return ValidateOptionsResult.Fail($"{TelemetryOptions.Section}:Metrics is {options.Metrics}; set it to {string.Join(" or ", Enum.GetNames<MetricsExport>())}.");
        }

        if (options.AreMetricsSent && string.IsNullOrEmpty(options.OtlpEndpoint))
        {
            return ValidateOptionsResult.Fail(
                $"{TelemetryOptions.Section}:Metrics is {options.Metrics}, but nobody is there to send them to; set {TelemetryOptions.Section}:OtlpEndpoint.");
        }

        return options.TraceRatio is >= 0 and <= 1
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{TelemetryOptions.Section}:TraceRatio is {options.TraceRatio}; set it to a share from 0 to 1.");
    }
}
