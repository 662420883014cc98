"""numpy, scipy and pictures."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

CELLS = (
    cell("numpy.load", "import numpy as np\na = np.load('data/numbers.npy')", reads="data/numbers.npy", needs="numpy"),
    cell("numpy.save", "import numpy as np\nnp.save('out/a.npy', np.arange(10))", writes="out/a.npy", needs="numpy"),
    cell("numpy.load, npz", "import numpy as np\nwith np.load('data/arrays.npz') as z: b = z['b']", reads="data/arrays.npz", needs="numpy"),
    cell("numpy.savez", "import numpy as np\nnp.savez_compressed('out/z.npz', a=np.arange(10))", writes="out/z.npz", needs="numpy"),
    cell("numpy.fromfile", "import numpy as np\na = np.fromfile('data/raw.f8')", reads="data/raw.f8", needs="numpy"),
    cell("numpy.tofile", "import numpy as np\nnp.arange(100.0).tofile('out/raw.f8')", writes="out/raw.f8", needs="numpy"),
    cell("numpy.loadtxt", "import numpy as np\na = np.loadtxt('data/grid.txt')", reads="data/grid.txt", needs="numpy"),
    cell("numpy.genfromtxt", "import numpy as np\na = np.genfromtxt('data/prices.csv', delimiter=',', skip_header=1)", reads="data/prices.csv", needs="numpy"),
    cell("numpy.savetxt", "import numpy as np\nnp.savetxt('out/grid.txt', np.eye(3))", writes="out/grid.txt", needs="numpy"),
    cell("numpy.load, mapped", "import numpy as np\ntotal = np.load('data/mapped.npy', mmap_mode='r').sum()", reads="data/mapped.npy", needs="numpy"),
    cell("numpy.memmap, read", "import numpy as np\ntotal = np.memmap('data/raw.f8', dtype='f8', mode='r').sum()", reads="data/raw.f8", needs="numpy"),
    cell("numpy.memmap, r+", "import numpy as np\nm = np.memmap('old/map.f8', dtype='f8', mode='r+'); m[:3] = 7; m.flush(); del m", reads="old/map.f8", writes="old/map.f8", needs="numpy", copies="old/map.f8=data/raw.f8"),
    cell("numpy.memmap, w+", "import numpy as np\nm = np.memmap('out/map.f8', dtype='f8', mode='w+', shape=(100,)); m[:] = 1; m.flush(); del m", writes="out/map.f8", needs="numpy"),
    cell("numpy open_memmap, w+", "import numpy as np\nm = np.lib.format.open_memmap('out/map.npy', mode='w+', dtype='f8', shape=(10,)); m[:] = 1; m.flush(); del m", writes="out/map.npy", needs="numpy"),
    cell("scipy.io.loadmat", "import scipy.io\nm = scipy.io.loadmat('data/matrix.mat')", reads="data/matrix.mat", needs="scipy"),
    cell("scipy.io.savemat", "import scipy.io, numpy as np\nscipy.io.savemat('out/matrix.mat', {'a': np.eye(3)})", writes="out/matrix.mat", needs="scipy"),
    cell("scipy.io.mmread", "import scipy.io\nm = scipy.io.mmread('data/sparse.mtx')", reads="data/sparse.mtx", needs="scipy"),
    cell("scipy.io.mmwrite", "import scipy.io, scipy.sparse\nscipy.io.mmwrite('out/eye.mtx', scipy.sparse.eye(4))", writes="out/eye.mtx", needs="scipy"),
    cell("scipy.io.wavfile, read", "from scipy.io import wavfile\nrate, sound = wavfile.read('data/sound.wav')", reads="data/sound.wav", needs="scipy"),
    cell("scipy.io.wavfile, write", "from scipy.io import wavfile\nimport numpy as np\nwavfile.write('out/sound.wav', 8000, np.zeros(100, dtype='int16'))", writes="out/sound.wav", needs="scipy"),
    cell("scipy.sparse.load_npz", "import scipy.sparse\nm = scipy.sparse.load_npz('data/sparse.npz')", reads="data/sparse.npz", needs="scipy"),
    cell("scipy.sparse.save_npz", "import scipy.sparse\nscipy.sparse.save_npz('out/eye.npz', scipy.sparse.eye(4).tocsr())", writes="out/eye.npz", needs="scipy"),
    cell("PIL, open", "from PIL import Image\nwith Image.open('data/picture.png') as p: p.load()", reads="data/picture.png", needs="PIL"),
    cell("PIL, save", "from PIL import Image\nImage.new('RGB', (9, 9)).save('out/pil.png')", writes="out/pil.png", needs="PIL"),
    cell("cv2.imread", "import cv2\np = cv2.imread('data/photo.jpg')", reads="data/photo.jpg", needs="cv2"),
    cell("cv2.imwrite", "import cv2, numpy as np\ncv2.imwrite('out/cv.png', np.zeros((9, 9, 3), dtype='uint8'))", writes="out/cv.png", needs="cv2"),
    cell("cv2.FileStorage", "import cv2, numpy as np\ns = cv2.FileStorage('out/cv.yml', cv2.FILE_STORAGE_WRITE); s.write('m', np.eye(3)); s.release()\ns = cv2.FileStorage('out/cv.yml', cv2.FILE_STORAGE_READ); s.getNode('m').mat(); s.release()", writes="out/cv.yml", needs="cv2"),
    cell("matplotlib, savefig png", "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3]); plt.savefig('out/fig.png'); plt.close()", writes="out/fig.png", needs="matplotlib"),
    cell("matplotlib, savefig pdf and svg", "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.savefig('out/fig.pdf'); plt.savefig('out/fig.svg'); plt.close()", writes="out/fig.pdf out/fig.svg", needs="matplotlib"),
    cell("matplotlib, imread and imsave", "import matplotlib.pyplot as plt\nplt.imsave('out/again.png', plt.imread('data/picture.png'))", reads="data/picture.png", writes="out/again.png", needs="matplotlib PIL"),
    cell("h5py, read", "import h5py\nwith h5py.File('data/grid.h5') as f: g = f['grid'][:10]", reads="data/grid.h5", needs="h5py"),
    cell("h5py, write", "import h5py, numpy as np\nwith h5py.File('out/new.h5', 'w') as f: f['x'] = np.arange(10)", writes="out/new.h5", needs="h5py"),
    cell("h5py, append", "import h5py, numpy as np\nwith h5py.File('old/add.h5', 'a') as f: f['more'] = np.arange(10)", reads="old/add.h5", writes="old/add.h5", needs="h5py", copies="old/add.h5=data/grid.h5"),
    cell("PyTables, read", "import tables\nwith tables.open_file('data/store.h5') as f: a = f.root.numbers.read()", reads="data/store.h5", needs="tables"),
    cell("PyTables, write", "import tables, numpy as np\nwith tables.open_file('out/store.h5', 'w') as f: f.create_array('/', 'a', np.arange(9))", writes="out/store.h5", needs="tables"),
    cell("netCDF4, read", "import netCDF4\nwith netCDF4.Dataset('data/grid.nc') as f: t = f['t'][:]", reads="data/grid.nc", needs="netCDF4"),
    cell("netCDF4, write", "import netCDF4\nwith netCDF4.Dataset('out/new.nc', 'w') as f:\n    f.createDimension('x', 3); f.createVariable('v', 'f8', ('x',))[:] = 1", writes="out/new.nc", needs="netCDF4"),
    cell("xarray, netcdf4", "import xarray as xr\nwith xr.open_dataset('data/grid.nc', engine='netcdf4') as d: m = float(d.t.mean())", reads="data/grid.nc", needs="xarray netCDF4"),
    cell("xarray, scipy engine", "import xarray as xr\nwith xr.open_dataset('data/classic.nc', engine='scipy') as d: m = float(d.t.mean())", reads="data/classic.nc", needs="xarray scipy netCDF4"),
    cell("xarray, to_netcdf", "import xarray as xr, numpy as np\nxr.Dataset({'v': ('x', np.arange(5))}).to_netcdf('out/xr.nc')", writes="out/xr.nc", needs="xarray netCDF4"),
    cell("xarray, to_zarr", "import xarray as xr, numpy as np\nxr.Dataset({'v': ('x', np.arange(5))}).to_zarr('out/xr.zarr', consolidated=False)", writes="out/xr.zarr/**", needs="xarray zarr"),
    cell("zarr, load", "import zarr\nc = zarr.load('data/cube.zarr')", reads="data/cube.zarr/**", needs="zarr"),
    cell("zarr, save", "import zarr, numpy as np\nzarr.save('out/cube.zarr', np.arange(20))", writes="out/cube.zarr/**", needs="zarr"),
)  # fmt: skip
