using Lepton.Orleans.Benchmarks;

if (args is ["scale", .. var sizes])
{
    return ScaleProbe.Run(sizes);
}

if (args is ["kernels"])
{
    return Kernels.Run();
}

_ = BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(ScaleProbe).Assembly).Run(args);
return 0;
