@echo off
rem Opens StudioNova on Windows: finds a Python 3.11 to 3.13 that really runs; core\launcher does the rest.
setlocal
set "PYTHONUTF8=1"
set "HERE=%~dp0"
set "VENV=%HERE%.venv\Scripts\python.exe"
set "FITS=import sys, ensurepip, venv; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))"
set "PYTHON="

rem The plain "python" of a new Windows only opens the store, so each candidate is run before it is believed.
if exist "%VENV%" call :try "%VENV%"
if not defined PYTHON if defined STUDIONOVA_PYTHON call :try "%STUDIONOVA_PYTHON%"
for %%V in (3.13 3.12 3.11) do if not defined PYTHON call :try py -%%V
for %%P in (python3.13 python3.12 python3.11 python3 python) do if not defined PYTHON call :try %%P
if not defined PYTHON goto none
%PYTHON% -I -X utf8 "%HERE%core\launcher" %*
set "CODE=%ERRORLEVEL%"
goto leave

:none
echo StudioNova needs Python 3.11, 3.12 or 3.13 (64 bit), and none of them runs here. Install one and start again:
echo   winget install Python.Python.3.12
echo   or the installer from https://www.python.org/downloads/windows/
set "CODE=1"

:leave
rem Started by a double click, the window would close before anyone could read why.
if not "%CODE%"=="0" echo %CMDCMDLINE% | find /i "/c" >nul && pause
endlocal & exit /b %CODE%

:try
%* -I -c "%FITS%" >nul 2>&1
if "%ERRORLEVEL%"=="0" set PYTHON=%*
exit /b 0
