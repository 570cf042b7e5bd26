using Lepton.Orleans.Benchmarks;

if (args is ["scale", .. var sizes])
{
    return ScaleProbe.Run(sizes);
}

if (args is ["kernels"])
{
    return Kernels.Run();
}

// What could not be measured is a failure: whoever compares would take it for one that is not there.
var summaries = BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(ScaleProbe).Assembly).Run(args);
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
